import Basics
import Foundation
import Glibc

/// Where results and complaints go, and how they look there.
enum Terminal {
    /// Colours and redrawing only where a person looks, and did not say no (https://no-color.org).
    static let isPlain: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return isatty(1) == 0 || !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    }()

    static let isTerminal = isatty(1) == 1

    /// A result, on standard output.
    static func print(_ text: String) {
        write(safe(text) + "\n", to: 1)
    }

    /// What is no result, on standard error.
    static func complain(_ text: String) {
        write(safe(text) + "\n", to: 2)
    }

    /// Writes it whole at once, so that two writers do not mix within a line.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                // Whoever shares the descriptor made it one that does not wait.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&room, 1, -1)
                continue
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Columns and rows of the terminal; nil where there is none or it does not say.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws a screen over the one before. Nothing is erased before it is written over, so that nothing flickers, and
    /// what does not fit is cut rather than wrapped.
    static func redraw(_ text: String) {
        let size = size ?? (80, 24)
        var lines = safe(text).split(separator: "\n", omittingEmptySubsequences: false)
            .map { clip(String($0), size.columns) }
        // The last row is left to the cursor.
        if lines.count >= size.rows {
            let hidden = lines.count - size.rows + 2
            lines = lines.prefix(max(0, size.rows - 2)) + [dim("… \(hidden) more lines")]
        }
        write("\u{1b}[H" + lines.map { $0 + "\u{1b}[K\n" }.joined() + "\u{1b}[J", to: 1)
    }

    /// A command in running text, as far as it is to be pasted.
    private static func command() -> Regex<Substring> {
        #/sluice [a-z]+ (?:--all|[a-z0-9-]+)(?: --(?:all|full|watch)| --[a-z-]+ (?:'(?:[^']|'\\'')*'|[^ ;,']*[^ ;,.'):]))*/#
    }

    /// Words as they may be parted; a command is one.
    private static func words(_ text: String) -> [Substring] {
        var (words, rest) = ([Substring](), text[...])
        while let found = rest.firstMatch(of: command()) {
            words += rest[..<found.range.lowerBound].split(separator: " ", omittingEmptySubsequences: false).dropLast()
            // What stands beside it without a space stays with it.
            let end = rest[found.range.upperBound...].firstIndex(of: " ") ?? rest.endIndex
            let begin =
                rest[..<found.range.lowerBound].lastIndex(of: " ").map { rest.index(after: $0) } ?? rest.startIndex
            words.append(rest[begin..<end])
            guard end < rest.endIndex else { return words }
            rest = rest[rest.index(after: end)...]
        }
        return words + rest.split(separator: " ", omittingEmptySubsequences: false)
    }

    /// Plain text in lines that fit, broken between words, and in no command: that is taken whole, or not at all.
    static func wrap(_ text: String, _ columns: Int) -> [String] {
        var lines = [""]
        for word in words(text) {
            let last = lines[lines.count - 1]
            if !last.isEmpty, last.count + 1 + word.count > columns {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
            }
        }
        return lines
    }

    /// A line cut to what fits, with a mark where something is missing. Styles cost no room and are ended.
    static func clip(_ line: String, _ columns: Int) -> String {
        guard seen(line) > columns else { return line }
        var result = ""
        var (count, isEscape) = (0, false)
        for character in line {
            if character == "\u{1b}" { isEscape = true }
            if !isEscape {
                guard count < columns - 1 else { break }
                count += 1
            }
            result.append(character)
            if isEscape, character == "m" { isEscape = false }
        }
        return result + "…" + (isPlain ? "" : "\u{1b}[0m")
    }

    /// Text that somebody else wrote, on one line and without what a terminal would obey.
    static func clean(_ text: String) -> String { PlainText.line(text) }

    /// A subject, an author or a name that somebody else wrote: beside others in a row it gets no more room than this.
    static func brief(_ text: String) -> String { PlainText.line(text, limit: 200) }

    /// The last look at what goes out: line feeds stay, and so do the styles of this file where a person looks.
    static func safe(_ text: String) -> String {
        let parts = text.unicodeScalars.split(separator: "\u{1b}", omittingEmptySubsequences: false)
        var result = PlainText.lines(Substring(parts[0]))
        for part in parts.dropFirst() {
            let style = isPlain ? nil : codes.first { part.starts(with: "[\($0)m".unicodeScalars) }
            result += style.map { "\u{1b}[\($0)m" } ?? PlainText.name(of: "\u{1b}")
            result += PlainText.lines(Substring(part.dropFirst(style.map { $0.utf8.count + 2 } ?? 0)))
        }
        return result
    }

    /// Of the styles below, and what ends them.
    private static let codes = ["0", "1", "2", "31", "32", "33"]

    static func bold(_ text: String) -> String { styled(text, "1") }
    static func dim(_ text: String) -> String { styled(text, "2") }
    static func red(_ text: String) -> String { styled(text, "31") }
    static func green(_ text: String) -> String { styled(text, "32") }
    static func yellow(_ text: String) -> String { styled(text, "33") }

    private static func styled(_ text: String, _ code: String) -> String {
        isPlain ? text : "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    /// A table with two spaces between columns. Cells may be styled: only what is seen counts.
    static func table(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], seen(cell))
            }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let isLast = column == row.count - 1
                line += cell + (isLast ? "" : String(repeating: " ", count: widths[column] - seen(cell) + 2))
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// Columns that a styled line takes.
    static func seen(_ cell: String) -> Int {
        var count = 0
        var isEscape = false
        for character in cell {
            if character == "\u{1b}" {
                isEscape = true
            } else if isEscape {
                isEscape = character != "m"
            } else {
                count += 1
            }
        }
        return count
    }
}
