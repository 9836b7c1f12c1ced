import Foundation
import Testing

/// The built program, on repositories that git made.
@Suite struct VerbTests {
    @Test func whatInitWritesValidates() throws {
        let scratch = try VerbScratch()
        #expect(try scratch.sluice("init", "fleet").code == 0)
        let validated = try scratch.sluice("validate", "fleet")
        #expect(validated.code == 0)
        #expect(validated.output.contains("2 Applications"))
    }

    @Test func initOverwritesNothing() throws {
        let scratch = try VerbScratch()
        #expect(try scratch.sluice("init", "fleet").code == 0)
        try scratch.edit("README.md") { _ in "mine" }
        #expect(try scratch.sluice("init", "fleet").code == 2)
        try scratch.edit("README.md") { text in
            #expect(text == "mine")
            return text
        }
    }

    @Test func aFindingNamesItsPlaceAndMakesTheAnswerNo() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("applications/shop.yaml") { $0.replacing("replicas: 8", with: "replica: 8") }
        let result = try scratch.sluice("validate", "fleet")
        #expect(result.code == 1)
        #expect(result.output.contains("applications/shop.yaml:16:7: error: "))
        // What was committed is still right.
        #expect(try scratch.sluice("validate", "fleet", "--revision", "HEAD").code == 0)
    }

    @Test func argumentsThatMakeNoSenseAreCodeTwo() throws {
        let scratch = try VerbScratch()
        #expect(try scratch.sluice("validate").code == 2)
        #expect(try scratch.sluice("validate", "nowhere").code == 2)
        #expect(try scratch.sluice("status", "--repository", "nowhere").code == 2)
        #expect(try scratch.sluice("run", "--repository", ".", "--prometheus", "localhost:9090").code == 2)
        #expect(try scratch.sluice("run", "--repository", ".", "--webhook-secret-file", "nowhere").code == 2)
    }

    @Test func aPlanClimbsItsStagesInOrder() throws {
        let scratch = try VerbScratch.fleet()
        #expect(try scratch.sluice("plan", "fleet", "--from", "HEAD").output.contains("nothing to do"))
        try scratch.edit("applications/shop.yaml") { $0.replacing("\"1.0.0\"", with: "\"1.1.0\"") }
        let plan = try scratch.sluice("plan", "fleet", "--from", "HEAD")
        #expect(plan.code == 0)
        var rest = plan.output[...]
        for step in [
            "deploy 1.1.0 on flop", "flop 1% (stage 1/4", "flop 10% (stage 2/4", "flop 100% (stage 4/4", "1.1.0 serves",
        ] {
            let found = try #require(rest.range(of: step), "\(step) is missing or too early in:\n\(plan.output)")
            rest = rest[found.upperBound...]
        }
        #expect(plan.output.contains("peak capacity 125%"))
    }

    @Test func aBadVersionDoesNotServeInTheEndAndTheSameSeedTellsTheSame() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("applications/shop.yaml") {
            $0.replacing("\"1.0.0\"", with: "\"1.1.0\"").replacing("# faults:", with: "faults:")
        }
        let first = try scratch.sluice("simulate", "fleet", "--from", "HEAD", "--seed", "3")
        #expect(first.code == 1)
        #expect(first.output.contains("gate error-rate: Failed"))
        #expect(first.output.contains("1.0.0 serves 100% on flip"))
        #expect(try scratch.sluice("simulate", "fleet", "--from", "HEAD", "--seed", "3").output == first.output)
    }

    @Test func aScenarioThatIsWrongSaysWhere() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("scenario.json") { _ in #"{"disturbances": [{"at": "5", "crash": {}}]}"# }
        let result = try scratch.sluice("simulate", "fleet", "--scenario", "fleet/scenario.json")
        #expect(result.code == 2)
        #expect(result.complaint.contains("disturbances[0].at"))
    }
}

/// A folder that goes away with the test.
private final class VerbScratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "sluice-verbs-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// With a committed fleet in `fleet`.
    static func fleet() throws -> VerbScratch {
        let scratch = try VerbScratch()
        _ = try scratch.sluice("init", "fleet")
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        for words in [["init", "-q", "-b", "main"], ["add", "."], identity + ["commit", "-q", "-m", "Begin"]] {
            let result = try scratch.run("/usr/bin/git", ["-C", scratch.path + "/fleet"] + words)
            try #require(result.code == 0, "\(result.complaint)")
        }
        return scratch
    }

    func edit(_ name: String, _ change: (String) -> String) throws {
        let file = path + "/fleet/" + name
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        try change(text).write(toFile: file, atomically: true, encoding: .utf8)
    }

    private static let program: String = {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return folder.appendingPathComponent("sluice").path
    }()

    /// Runs the program that was built beside these tests.
    func sluice(_ arguments: String...) throws -> (code: Int32, output: String, complaint: String) {
        try run(Self.program, arguments)
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (
        code: Int32, output: String, complaint: String
    ) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let (output, complaint) = (path + "/out-" + UUID().uuidString, path + "/err-" + UUID().uuidString)
        for file in [output, complaint] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: complaint)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8),
            try String(contentsOfFile: complaint, encoding: .utf8)
        )
    }
}
