import Core
import Manifests
import Testing

@Suite struct RequestCodingTests {
    static let digest = Digest(of: "a release".utf8)
    static let attempt = Attempt(digest: digest, introduced: "0123456789abcdef0123456789abcdef01234567", retry: 2)

    static func request(_ verb: Request.Verb) -> Request {
        let stage = verb == .approve || verb == .promote ? "half" : nil
        let gate = verb == .approve ? "consent" : nil
        return Request(
            id: Request.path(verb, of: "shop", attempt, stage: stage, gate: gate, by: verb == .approve ? "A <a>" : nil),
            verb: verb, application: "shop", attempt: attempt, stage: stage, gate: gate, reason: "it: is #1",
            by: "A <a>",
            isVerified: true)
    }

    @Test(arguments: Request.Verb.allCases)
    func aRequestReadsBackAsItWasWritten(_ verb: Request.Verb) throws {
        let request = Self.request(verb)
        let text = RequestCoding.yaml(request)
        #expect(!text.contains("A <a>"), "who asks is never a field")
        #expect(try RequestCoding.decode(Array(text.utf8), at: request.id, by: "A <a>", isVerified: true) == request)
    }

    @Test func pathsTellApartWhatIsAsked() {
        #expect(Request.path(.pause, of: nil, nil) == "pause.yaml")
        let short = Self.digest.short
        #expect(Request.path(.pause, of: "shop", Self.attempt) == "shop/pause-\(short)-r2.yaml")
        let one = Request.path(.approve, of: "shop", Self.attempt, stage: "a-b", gate: "c", by: "A <a>")
        let other = Request.path(.approve, of: "shop", Self.attempt, stage: "a", gate: "b-c", by: "A <a>")
        #expect(one != other)
        #expect(one != Request.path(.approve, of: "shop", Self.attempt, stage: "a-b", gate: "c", by: "B <b>"))
    }

    static let attemptText = "attempt: {digest: \"\(digest)\", introduced: \"0123456789abcdef\"}"

    static let refusals: [(String, String, String)] = [
        ("verb: stop\napplication: shop\n\(attemptText)", "shop/a.yaml", "\"stop\" is not one of pause"),
        ("verb: pause\napplication: shop", "shop/a.yaml", "attempt is missing"),
        ("verb: pause\napplication: shop\n\(attemptText)", "other/a.yaml", "does not stand in a folder of that name"),
        ("verb: pause", "shop/a.yaml", "a pause of the fleet stands in pause.yaml"),
        ("verb: abort", "pause.yaml", "application is missing"),
        ("verb: pause\nby: Ada", "pause.yaml", "the field \"by\" is not known"),
        ("verb: pause\nreasn: x", "pause.yaml", "did you mean \"reason\"?"),
        ("verb: pause\nverb: abort", "pause.yaml", "the field \"verb\" stands there twice"),
        ("verb: promote\napplication: shop\n\(attemptText)", "shop/a.yaml", "stage is missing"),
        ("verb: approve\napplication: shop\nstage: a\n\(attemptText)", "shop/a.yaml", "gate is missing"),
        ("verb: pause\nfull: true\napplication: shop\n\(attemptText)", "shop/a.yaml", "full goes with promote"),
        ("verb: pause\napplication: ../x\n\(attemptText)", "../x/a.yaml", "application is not a name"),
        (
            "verb: pause\napplication: shop\nattempt: {digest: abc, introduced: ab}", "shop/a.yaml",
            "a digest is 64 hex digits"
        ),
        ("apiVersion: sluice.dev/v9\nverb: pause", "pause.yaml", "apiVersion is not sluice.dev/v1"),
        ("- pause", "pause.yaml", "is not a mapping"),
        ("", "pause.yaml", "empty"),
        ("verb: [", "pause.yaml", ""),
        ("verb: pause\nreason: \(String(repeating: "x", count: 70_000))", "pause.yaml", "larger than 64 KiB"),
    ]

    @Test(arguments: refusals)
    func whatIsNoRequestIsRefused(_ text: String, _ path: String, _ words: String) {
        do {
            _ = try RequestCoding.decode(Array(text.utf8), at: path, by: "A <a>", isVerified: false)
            Issue.record("it was taken for a request")
        } catch {
            #expect(words.isEmpty || error.message.contains(words), "\(error.message)")
        }
    }

    @Test func aReasonIsOneLineAndNotLong() throws {
        var request = Self.request(.pause)
        request.reason = "a\u{1b}[31m\nb" + String(repeating: " word", count: 1_000)
        let text = RequestCoding.yaml(request)
        let read = try RequestCoding.decode(Array(text.utf8), at: request.id, by: "A <a>", isVerified: true)
        let reason = try #require(read.reason)
        #expect(reason.hasPrefix("a [31m b word") && reason.count == RequestCoding.reasonLimit + 1)
    }
}
