import Foundation
import Testing

/// Rules of this code base that no compiler knows. Each says why.
@Suite struct TidyTests {
    struct Rule: CustomTestStringConvertible, Sendable {
        var name: String
        var why: String
        var folders: [String]
        var text: String
        var isRegex = false
        /// Path prefixes that the rule leaves alone.
        var except: [String] = []

        var testDescription: String { name }

        /// Whether a line breaks the rule.
        func offender() throws -> (Substring) -> Bool {
            guard isRegex else { return { $0.contains(text) } }
            let regex = try Regex(text)
            return { $0.contains(regex) }
        }
    }

    static let rules = [
        Rule(
            name: "no forced try", why: "data from outside ends in a message, not in a crash",
            folders: ["Sources", "Tests"], text: "try" + "!"),
        Rule(
            name: "no fatalError", why: "one bad object holds only itself", folders: ["Sources", "Tests"],
            text: "fatal" + "Error("),
        Rule(
            name: "no precondition", why: "a law broken inside is an assertion with the law's name",
            folders: ["Sources"], text: "\\bprecondition(Failure)?\\(", isRegex: true),
        Rule(
            name: "no sleeping tests", why: "a test waits for what must hold, or moves the time itself",
            folders: ["Tests"],
            text: "Task\\.sleep\\(|\\busleep\\(|Thread\\.sleep|Clock\\(\\)\\.sleep\\(", isRegex: true,
            except: ["Tests/Benchmarks/", "Tests/TestSupport/", "Tests/AgentTests/Machine.swift"]),
        Rule(
            name: "no spinning tests", why: "who waits for a turn after another takes the time from what is waited for",
            folders: ["Tests"], text: "Task\\.yield\\(", isRegex: true,
            // Its readers wait for nothing: they leave a thread to the writer.
            except: ["Tests/SluiceClientTests/FileReplacementTests.swift"]),
        Rule(
            name: "no testable imports", why: "tests are built as the product is, so that nothing is built twice",
            folders: ["Tests"], text: "@test" + "able"),
        Rule(
            name: "no printing in rooms", why: "what people read goes through a verb or a log",
            folders: ["Sources"], text: "(^|[^.\\w])print\\(", isRegex: true, except: ["Sources/sluice/"]),
        Rule(
            name: "no detached tasks", why: "children are structured, so that what is started also ends",
            folders: ["Sources"], text: "Task." + "detached", except: ["Sources/sluice/"]),
        Rule(
            name: "no clock and no chance in what decides", why: "the same seed has to give the same trace",
            folders: ["Sources/Core", "Sources/Simulator"],
            text: "ContinuousClock|SuspendingClock|SystemRandomNumberGenerator|\\.random\\(|\\.shuffled\\(|Date\\(\\)",
            isRegex: true),
    ]

    @Test(arguments: rules)
    func `the rule holds`(_ rule: Rule) throws {
        let offends = try rule.offender()
        for folder in rule.folders {
            for path in try Project.files(under: folder, suffix: ".swift") {
                if rule.except.contains(where: path.hasPrefix) { continue }
                let lines = try Project.read(path).split(separator: "\n", omittingEmptySubsequences: false)
                for (index, line) in lines.enumerated() {
                    if line.drop(while: { $0 == " " }).hasPrefix("//") { continue }
                    if offends(line) { Issue.record("\(path):\(index + 1): \(rule.name): \(rule.why)") }
                }
            }
        }
    }

    @Test func `no page holds a path of somebody's machine`() throws {
        for path in Page.paths {
            let lines = try Project.read(path).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                let isLocal = line.contains("/home/") || line.contains("/Users/") || line.contains("/root/")
                #expect(!isLocal, "\(path):\(index + 1)")
            }
        }
    }
}
