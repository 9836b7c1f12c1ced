import Foundation
import Testing

/// What is told where what the daemon follows is not there any more.
@Suite(.timeLimit(.minutes(5))) struct AbsentDeclarationTests {
    enum Loss: CaseIterable, CustomTestStringConvertible {
        case renamed, renamedBelow, removed, removedLongAgo, branch

        var testDescription: String { "\(self)" }
        var folder: String { self == .renamedBelow ? "teams/shops" : "shops" }
    }

    /// A fleet in a folder, taken up; then that is lost.
    private static func fleet(_ loss: Loss) throws -> (VerbScratch, since: String) {
        let scratch = try VerbScratch.quickFleet()
        let below = scratch.path + "/fleet/" + loss.folder
        try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
        try scratch.git("mv", "shop.yaml", loss.folder + "/shop.yaml")
        try AdviceTests.push(scratch, "Begin in a folder")
        #expect(try run(scratch, loss).code == 0)
        switch loss {
        case .renamed: try scratch.git("mv", "shops", "stores")
        case .renamedBelow: try scratch.git("mv", "teams/shops", "stores")
        case .removed, .removedLongAgo: try scratch.git("rm", "-rq", "shops")
        case .branch:
            let arguments = ["--git-dir", scratch.path + "/fleet.git", "update-ref", "-d", "refs/heads/main"]
            #expect(try scratch.run("/usr/bin/git", arguments).code == 0)
        }
        guard loss != .branch else { return (scratch, "") }
        try AdviceTests.push(scratch, "Tidy up")
        let since = String(try scratch.git("rev-parse", "--short=10", "HEAD").prefix(10))
        if loss == .removedLongAgo {
            for number in 0..<3 {
                try scratch.edit("NOTES") { $0 + "\(number)\n" }
                try AdviceTests.push(scratch, "Note \(number)")
            }
        }
        return (scratch, since)
    }

    private static func run(_ scratch: VerbScratch, _ loss: Loss) throws -> (
        code: Int32, output: String, complaint: String
    ) {
        try scratch.sluice(
            "run", "--repository", "fleet.git", "--state-directory", "state", "--once", "--time-scale", "1000",
            "--path",
            loss.folder)
    }

    @Test(arguments: Loss.allCases)
    func `what is live is told with one sentence more, and what is advised brings it back`(_ loss: Loss) throws {
        let (scratch, since) = try Self.fleet(loss)
        let what =
            switch loss {
            case .branch: "has no branch main, which the daemon of default follows; "
            case .renamed, .renamedBelow:
                "main has no folder \(loss.folder) (since \(since), where it is called stores), and "
            case .removed, .removedLongAgo: "main has no folder shops (since \(since)), and "
            }
        let list = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(list.code == 0 && list.output.contains(/shop +Degraded +1\.0\.0@flip 100%/), "\(list.output)")
        #expect(list.output.contains(what), "\(list.output)")
        #expect(list.output.contains("what was declared stays, and nothing new is taken up"))
        let status = try RequestVerbTests.status(scratch)
        #expect((status["notTakenUp"] as? String)?.contains(what) == true, "\(status)")
        let conditions = try #require(status["conditions"] as? [[String: Any]])
        #expect(conditions.first { $0["type"] as? String == "DeclarationValid" }?["status"] as? Bool == false)
        let wait = try scratch.sluice("status", "--wait", "healthy", "--repository", "fleet.git", "--timeout", "1h")
        #expect(wait.code == 1 && wait.complaint.contains(what), "\(wait.complaint)")
        // What does not need it goes on.
        #expect(try scratch.sluice("history", "shop", "--repository", "fleet.git").output.contains("1.0.0 serves"))
        #expect(try scratch.sluice("pause", "--all", "--repository", "fleet.git").code == 0)
        #expect(try scratch.sluice("resume", "--all", "--repository", "fleet.git").code == 0)
        // Who asks for another is told that that is wrong.
        let given = try scratch.sluice("status", "--repository", "fleet.git", "--branch", "mian")
        #expect(given.code == 2 && given.complaint.contains("has no branch mian\n  is --branch right?"))
        #expect(try AdviceTests.follow("mend", in: scratch).hasPrefix(loss == .branch ? "git push origin " : ""))
        #expect(try Self.run(scratch, loss).code == 0)
        let mended = try scratch.sluice("status", "--repository", "fleet.git").output
        #expect(mended.contains(/shop +Healthy +1\.0\.0@flip 100%/) && !mended.contains("no folder"), "\(mended)")
    }

    @Test func `a folder that is a link now is told as that, and nothing is pasted`() throws {
        let (scratch, _) = try Self.fleet(.renamed)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/fleet/shops", withDestinationPath: "stores")
        try AdviceTests.push(scratch, "Link it")
        let list = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(list.code == 0 && list.output.contains("shops leads through a symbolic link at "), "\(list.output)")
        let advice = try #require(try RequestVerbTests.status(scratch)["advice"] as? [[String: Any]])
        #expect(advice.first?["name"] as? String == "mend" && advice.first?["command"] == nil, "\(advice)")
    }
}
