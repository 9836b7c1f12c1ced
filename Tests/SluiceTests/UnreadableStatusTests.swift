import Foundation
import Testing

/// What is told of a status branch on which somebody wrote what no daemon writes.
@Suite(.timeLimit(.minutes(5))) struct UnreadableStatusTests {
    private static let fleet = ["--repository", "fleet.git"]
    private static let file = "applications/8d/shop.yaml"

    enum Tampering: CaseIterable, CustomTestStringConvertible {
        case link, submodule, folder, list, broken, empty, another, large, parent

        var testDescription: String { "\(self)" }

        var words: String {
            switch self {
            case .link: "\(file) is a symbolic link, and no status"
            case .submodule: "\(file) is a submodule, and no status"
            case .folder: "\(file) is a folder, and no status"
            case .list: "\(file):1:1: is not a mapping"
            case .empty: "\(file):1:1: empty"
            case .broken: "\(file):3:1: did not find"
            case .another: "\(file) is about cart, whose place is applications/"
            case .large: "\(file) is no status: it is larger than 1 MiB"
            case .parent: "applications/8d is a file, where statuses ought to be"
            }
        }

        func apply(to folder: String, _ scratch: VerbScratch) throws {
            let path = folder + "/" + UnreadableStatusTests.file
            let files = FileManager.default
            let text = try String(contentsOfFile: path, encoding: .utf8)
            func write(_ text: String, at path: String) throws {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            switch self {
            case .list: try write("- a\n", at: path)
            case .empty: try write("", at: path)
            case .broken: try write("application: shop\nphase: [a\n", at: path)
            case .another: try write(text.replacing("application: shop", with: "application: cart"), at: path)
            case .large: try write(text + String(repeating: "#", count: 1 << 20), at: path)
            case .link, .submodule, .folder:
                try files.removeItem(atPath: path)
                if self == .link { try files.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd") }
                if self == .submodule {
                    try scratch.git("clone", "-q", scratch.path + "/fleet.git", path)
                } else if self == .folder {
                    try files.createDirectory(atPath: path, withIntermediateDirectories: true)
                    try write("x", at: path + "/x")
                }
            case .parent:
                let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
                try files.removeItem(atPath: parent)
                try write("a", at: parent)
            }
        }
    }

    @Test(arguments: Tampering.allCases)
    func `is told as what it is, with its file, and what is advised brings it back`(_ tampering: Tampering) throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.editStatusBranch { try tampering.apply(to: $0, scratch) }
        let list = try scratch.sluice(["status"] + Self.fleet)
        #expect(list.code == 0)
        #expect(list.output.contains(/shop +Unknown +- +- +- +what shop does is not known:/), "\(list.output)")
        #expect(list.output.contains(tampering.words), "\(list.output)")
        #expect(
            list.output.contains("whoever leads sets it right with its next look; where nobody does, in a clone: git "))
        let status = try #require(try scratch.json("status", "shop", "--repository", "fleet.git") as? [String: Any])
        #expect(status["phase"] as? String == "Unknown" && status["stable"] == nil)
        #expect((status["unreadable"] as? String)?.contains(tampering.words) == true, "\(status)")
        try FieldsTests.expectDocumented(["unreadable"])
        let wait = try scratch.sluice(["status", "--wait", "healthy", "--timeout", "100ms"] + Self.fleet)
        #expect(wait.code == 1 && wait.complaint.contains(tampering.words), "\(wait.complaint)")
        for verb in ["abort", "retry"] {
            let refused = try scratch.sluice([verb, "shop"] + Self.fleet)
            #expect(refused.code == 2, "\(verb)")
            #expect(refused.complaint.hasPrefix("sluice: what shop does is not known: "), "\(refused.complaint)")
            #expect(refused.complaint.contains(tampering.words))
        }
        let history = try scratch.sluice(["history", "shop"] + Self.fleet)
        #expect(history.code == 0 && history.output.contains("1.0.0 serves"), "\(history.complaint)")
        if ![.parent, .folder].contains(tampering) {
            let plan = try scratch.sluice("plan", "fleet.git")
            #expect(plan.complaint.contains(tampering.words), "\(plan.complaint)")
        }
        let advice = try #require(status["advice"] as? [[String: Any]])
        #expect(advice.first?["name"] as? String == "mend")
        try AdviceTests.paste(try #require(advice.first?["command"] as? String), in: scratch)
        let mended = try scratch.sluice(["status"] + Self.fleet).output
        #expect(mended.contains(/shop +Healthy +1\.0\.0@flip/), "\(mended)")
    }

    @Test(arguments: [
        ("branch", "\"$(touch no)\"", "branch \"$(touch no)\" is no name of a branch; main is taken"),
        ("branch", "main^", "branch \"main^\" is no name of a branch; main is taken"),
        ("path", "\"../..\"", "path \"../..\" is no folder of a repository; what is declared is not looked at"),
        ("path", "/etc", "path \"/etc\" is no folder of a repository; what is declared is not looked at"),
        ("interval", "soon", "interval \"soon\" is no duration"),
        ("timeScale", "\"-4\"", "timeScale \"-4\" is no number"),
        ("since", "x", "since \"x\" is no time"), ("epoch", "-1", "epoch -1 is no whole number from 0 to"),
        ("epoch", "9223372036854775807", "epoch 9223372036854775807 is no whole number"),
        ("epoch", "x\nepoch: [", "epoch x is no whole number"),
    ])
    func `a field of who leads that cannot be so is named with its line, and the rest is told`(
        _ field: String, _ value: String, _ words: String
    ) throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        var line = 0
        try scratch.editEnvironment { text in
            let lines = text.split(separator: "\n")
            line = (lines.firstIndex { $0.hasPrefix("\(field):") } ?? -1) + 1
            return lines.map { $0.hasPrefix("\(field):") ? "\(field): \(value)" : String($0) }.joined(separator: "\n")
                + "\n"
        }
        try #require(line > 0)
        let list = try scratch.sluice(["status"] + Self.fleet)
        #expect(
            list.code == 0 && list.output.contains(/shop +Healthy +1\.0\.0@flip/), "\(list.output)\(list.complaint)")
        #expect(list.output.contains("environment.yaml:\(line): \(words)"), "\(list.output)")
        let command = try #require(list.output.firstMatch(of: /nobody does, in a clone: (.*)\n/)?.1)
        try AdviceTests.paste(String(command), in: scratch)
        #expect(try !scratch.sluice(["status"] + Self.fleet).output.contains("environment.yaml"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/no"))
    }
}
