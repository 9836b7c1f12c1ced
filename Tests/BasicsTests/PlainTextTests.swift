import Basics
import Testing

@Suite struct PlainTextTests {
    /// Each range of what must never be shown, with what it could do.
    static let hidden: [ClosedRange<UInt32>] = [
        0x00...0x1f, 0x7f...0x9f,  // C0, DEL, C1: a terminal obeys them
        0xad...0xad, 0x34f...0x34f, 0x61c...0x61c, 0x115f...0x1160, 0x180b...0x180e,  // take no room
        0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f,  // joiners, line separators, marks of direction
        0x3164...0x3164, 0xfe00...0xfe0f, 0xfeff...0xfeff, 0xffa0...0xffa0, 0xfff9...0xfffb,
        0xe000...0xf8ff, 0xfdd0...0xfdef, 0xfffe...0xffff, 0xe0001...0xe0001, 0xe0020...0xe007f, 0xe0100...0xe01ef,
    ]

    @Test(arguments: hidden)
    func `what is not seen is never shown`(_ range: ClosedRange<UInt32>) {
        for value in range {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let line = PlainText.line("a\(String(scalar))b")
            #expect(line.unicodeScalars.allSatisfy(PlainText.isSeen), "U+\(String(value, radix: 16))")
            #expect(line.unicodeScalars.first == "a" && line.unicodeScalars.last == "b")
            #expect(line.unicodeScalars.count > 2 || scalar == "\u{0}")
        }
    }

    @Test func `line breaks of every kind become one space, so that nobody begins a line`() {
        for end in ["\n", "\r", "\r\n", "\u{0b}", "\u{0c}", "\u{85}", "\u{2028}", "\u{2029}", "\t"] {
            #expect(PlainText.line("one\(end)two") == "one two")
        }
        #expect(PlainText.lines("one\ntwo\r\nthree") == "one\ntwo \nthree")
    }

    @Test func `what is not seen is named, so that two names that look alike can be told apart`() {
        #expect(PlainText.line("x\u{1b}]0;me\u{7}") == "x\\u{1b}]0;me\\u{7}")
        #expect(PlainText.line("shop\u{200b}") == "shop\\u{200b}")
        #expect(PlainText.line("evil\u{202e}gpj.exe") == "evil\\u{202e}gpj.exe")
        #expect(PlainText.line("\u{9b}31m") == "\\u{9b}31m")
    }

    @Test func `letters, marks and signs of every script stay`() {
        for text in ["Zoë Ångström", "日本語の説明", "שלום", "ठीक है", "⚠️ 50 % → 100 %", "🚀", "e\u{301}", "\\u{1b}"] {
            #expect(PlainText.line(text) == text)
        }
    }

    @Test func `long text is cut, and says so`() {
        #expect(PlainText.line(String(repeating: "x", count: 10), limit: 10) == String(repeating: "x", count: 10))
        #expect(PlainText.line(String(repeating: "x", count: 11), limit: 10) == String(repeating: "x", count: 10) + "…")
        #expect(PlainText.line(String(repeating: "é", count: 1_000_000)).unicodeScalars.count == PlainText.limit + 1)
    }

    @Test func `what is plain already stays as it is`() {
        let once = PlainText.line("a\u{202e}\nb\u{1b}[31mc")
        #expect(PlainText.line(once) == once)
    }
}
