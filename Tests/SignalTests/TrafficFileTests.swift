import Signal
import Testing

@Suite struct TrafficFileTests {
    static let full: TrafficFile = {
        var file = TrafficFile(
            application: "search", environment: "default", epoch: 3, sequence: 41, generation: 17,
            writtenAt: "2026-11-21T07:30:00Z")
        file.weights = PerSide(flip: 90, flop: 10)
        file.actives = ["indexer": PerSide(flip: 5, flop: 1), "auditor": PerSide(flip: 2, flop: 0)]
        file.rejecting = TrafficFile.Attempt(digest: "ab12", introduced: "c0ffee")
        file.revision = "394313dfa2"
        file.stage = "early"
        file.release = "4.2.0 \"quoted\"\n\u{1}é🙂"
        file.sides = PerSide(
            flip: TrafficFile.Standing(namespace: "search-flip", version: "4.1.0"),
            flop: TrafficFile.Standing(namespace: "search-flop", version: "4.2.0"))
        return file
    }()

    static func text(_ fields: String) -> [UInt8] {
        Array(
            """
            {"version": 1, "application": "search", "environment": "default", "epoch": 3, "sequence": 1,
             "generation": 17, "writtenAt": "2026-11-21T07:30:00Z", \(fields)}
            """.utf8)
    }

    static func refusal(_ bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try TrafficFile(json: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a file is read as it was written`() throws {
        #expect(try TrafficFile(json: Self.full.json) == Self.full)
        var none = Self.full
        none.weights = nil
        none.sides.flop = nil
        (none.actives, none.rejecting, none.stage, none.revision, none.release) = ([:], nil, nil, nil, nil)
        #expect(try TrafficFile(json: none.json) == none)
    }

    @Test func `the format is the one that is documented`() {
        var file = Self.full
        file.release = "4.2.0"
        let expected = """
            {
              "version": 1,
              "application": "search",
              "environment": "default",
              "epoch": 3,
              "sequence": 41,
              "generation": 17,
              "revision": "394313dfa2",
              "stage": "early",
              "release": "4.2.0",
              "weights": {"flip": 90, "flop": 10},
              "sides": {
                "flip": {"namespace": "search-flip", "version": "4.1.0"},
                "flop": {"namespace": "search-flop", "version": "4.2.0"}
              },
              "actives": {
                "auditor": {"flip": 2, "flop": 0},
                "indexer": {"flip": 5, "flop": 1}
              },
              "rejecting": {"digest": "ab12", "introduced": "c0ffee"},
              "writtenAt": "2026-11-21T07:30:00Z"
            }

            """
        #expect(String(decoding: file.json, as: UTF8.self) == expected)
    }

    @Test func `keys of a newer writer are passed over`() throws {
        let file = try TrafficFile(
            json: Self.text(#""weights": {"flip": 1, "flop": 99, "flap": 7}, "new": [1.5, {"a": [null, true]}, -2e9]"#))
        #expect(file.weights == PerSide(flip: 1, flop: 99))
    }

    @Test func `a later version is from the future, whatever else it says`() {
        #expect(Self.refusal(Array(#"{"version": 2, "weights": "none"}"#.utf8)) == .fromTheFuture(version: 2))
    }

    @Test(arguments: [
        #"{"flip": 90, "flop": 11}"#, #"{"flip": 101, "flop": 0}"#, #"{"flip": -1, "flop": 101}"#, #"{"flip": 100}"#,
        #"{"flip": 50.5, "flop": 49.5}"#, #"{"flip": "50", "flop": "50"}"#, "[50, 50]", "100",
        #"{"flip": 9223372036854775807, "flop": 9223372036854775807}"#,
    ])
    func `weights that are not two percentages that sum to 100 are refused`(weights: String) {
        guard case .invalid? = Self.refusal(Self.text(#""weights": \#(weights)"#)) else {
            Issue.record("\(weights) was taken")
            return
        }
    }

    @Test func `every torn file is refused`() {
        let bytes = Self.full.json
        // The last byte is the line's end.
        for count in 0..<(bytes.count - 1) {
            #expect(Self.refusal(Array(bytes[..<count])) != nil, "cut off after \(count) bytes")
        }
    }

    @Test func `what is no JSON says where`() {
        #expect(Self.refusal(Array(#"{"version": 1,}"#.utf8)) == .malformed(at: 14, "a key is missing"))
        #expect(
            Self.refusal(Array(#"{"version": 1, "version": 1}"#.utf8))
                == .malformed(at: 15, "the key version stands twice"))
        #expect(Self.refusal(Array("{} {}".utf8)) == .malformed(at: 3, "more follows the value"))
        #expect(Self.refusal(Array("[1]".utf8)) == .invalid("it is no JSON object"))
        #expect(Self.refusal([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) == .malformed(at: 1, "the text is not UTF-8"))
        for text in ["01", "-", "1.", "1e", "tru", #""\x""#, #""\ud800""#, "\"\n\"", "nul", "+1"] {
            guard case .malformed? = Self.refusal(Array(#"{"a": \#(text)}"#.utf8)) else {
                Issue.record("\(text) was taken")
                continue
            }
        }
    }

    @Test func `size and depth are bounded`() {
        let large = Self.text(#""pad": "\#(String(repeating: "x", count: TrafficFile.limit))""#)
        #expect(Self.refusal(large) == .tooLarge(large.count, limit: TrafficFile.limit))
        let deep = String(repeating: "[", count: 10_000)
        guard case .malformed(_, "nested too deeply")? = Self.refusal(Array(deep.utf8)) else {
            Issue.record("deep nesting was taken")
            return
        }
    }

    @Test func `any bytes are read or refused, and never more`() {
        var generator = SystemRandomNumberGenerator()
        let bytes = Self.full.json
        for _ in 0..<20_000 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                broken[Int.random(in: broken.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if let file = try? TrafficFile(json: broken), let weights = file.weights {
                #expect(weights.flip + weights.flop == 100)
            }
        }
    }
}
