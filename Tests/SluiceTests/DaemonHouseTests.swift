import Foundation
import Glibc
import Testing

/// What a daemon says of the machine and the repository that it finds itself with.
@Suite(.timeLimit(.minutes(5))) struct DaemonHouseTests {
    private static func run(_ scratch: VerbScratch, _ state: String, _ more: String...) throws -> (
        code: Int32, output: String, complaint: String
    ) {
        try scratch.sluice(
            ["run", "--once", "--repository", "fleet.git", "--state-directory", state, "--time-scale", "1000"] + more)
    }

    private static func mode(_ path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return Int(status.st_mode & 0o777)
    }

    @Test func `the state directory is its user's alone, also where it was open to all`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try Self.run(scratch, "new").code == 0)
        #expect(try Self.mode(scratch.path + "/new") == 0o700)
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/old", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        #expect(try Self.run(scratch, "old").code == 0)
        #expect(try Self.mode(scratch.path + "/old") == 0o700)
    }

    @Test func `a token file that others can read is warned of, with what mends it`() throws {
        let scratch = try VerbScratch.quickFleet()
        let file = scratch.path + "/token"
        try "secret".write(toFile: file, atomically: true, encoding: .utf8)
        for (mode, isTold) in [(0o644, true), (0o600, false)] {
            #expect(chmod(file, mode_t(mode)) == 0)
            let run = try Self.run(scratch, "state", "--token-file", file)
            #expect(run.code == 0)
            let words = "the token file \(file) can be read by others on this machine: chmod 600 '\(file)'"
            #expect(run.complaint.contains(words) == isTold, "\(run.complaint)")
            #expect(!(run.complaint + run.output).contains("secret"))
        }
    }

    @Test func `a malformed commit is named once, and what it declares counts`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try Self.run(scratch, "state").code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("\"1.0.0\"", with: "\"1.1.0\"") }
        try scratch.git("add", ".")
        let tree = try scratch.git("write-tree").trimmingCharacters(in: .newlines)
        let parent = try scratch.git("rev-parse", "HEAD").trimmingCharacters(in: .newlines)
        let text =
            "tree \(tree)\nparent \(parent)\nauthor A <a@b> 99999999999999999999 +9999\ncommitter A <a@b> 5 +0000\n\nodd\n"
        try text.write(toFile: scratch.path + "/odd", atomically: true, encoding: .utf8)
        let id = try scratch.git("hash-object", "-t", "commit", "-w", "--literally", scratch.path + "/odd")
            .trimmingCharacters(in: .newlines)
        try scratch.git("push", "-q", "origin", "\(id):refs/heads/main")
        let run = try Self.run(scratch, "state")
        #expect(run.code == 0 && run.output.contains("shop: 1.1.0 serves on flop"), "\(run.complaint)")
        let told = run.complaint.split(separator: "\n").filter { $0.contains("is malformed: ") }
        #expect(told.count == 1, "\(run.complaint)")
        #expect(told.first?.contains("commit \(id.prefix(10)) of main is malformed: ") == true)
        #expect(told.first?.hasSuffix("; what it declares counts all the same") == true)
    }

    /// A file system of a few megabytes; nil where none may be mounted.
    private static func smallDisk(at path: String) -> Bool {
        geteuid() == 0 && mkdir(path, 0o700) == 0 && mount("none", path, "tmpfs", 0, "size=1m") == 0
    }

    @Test func `a disk that is full is said in one sentence, and what was stopped goes on once there is room`() throws {
        let scratch = try VerbScratch.quickFleet()
        let disk = scratch.path + "/small"
        guard Self.smallDisk(at: disk) else { return }
        defer { umount2(disk, Int32(MNT_DETACH)) }
        // What is written as far as there is room.
        let filler = open(disk + "/filler", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 0, count: 4096)
        while write(filler, block, block.count) > 0 {}
        close(filler)
        let full = try Self.run(scratch, "small/state")
        #expect(full.code != 0)
        let lines = full.complaint.split(separator: "\n")
        #expect(lines.filter { $0.contains("the disk is full") }.count == 1 && lines.count <= 2, "\(full.complaint)")
        #expect(unlink(disk + "/filler") == 0)
    }

    @Test func `a run over a branch that is not there takes the lead from nobody`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        let before = try scratch.git("rev-parse", "origin/main") + scratch.git("ls-remote", "origin")
        let run = try scratch.sluice(
            "run", "--repository", "fleet.git", "--state-directory", "state", "--once", "--branch", "mian")
        #expect(run.code == 4 && run.complaint.contains("has no branch mian"), "\(run.complaint)")
        #expect(try scratch.git("rev-parse", "origin/main") + scratch.git("ls-remote", "origin") == before)
    }

    @Test(arguments: [["--branch", "mian"], ["--branch", "mian", "--path", "shops"]])
    func `a daemon takes no lead before what it is to follow is there`(_ mistyped: [String]) throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        func record() throws -> String {
            try scratch.git("fetch", "-q", "origin", "sluice/status/default")
            return try scratch.git("show", "FETCH_HEAD:environment.yaml")
        }
        let before = try record()
        var isMade = false
        let told = try scratch.output(
            of: [
                "run", "--repository", "fleet.git", "--state-directory", "other", "--interval", "500ms",
                "--follow-anew",
            ]
                + mistyped
        ) { told in
            guard told.contains("the lead is taken once it is there") else { return false }
            if !isMade {
                #expect(try record() == before)
                try FileManager.default.createDirectory(
                    atPath: scratch.path + "/fleet/shops", withIntermediateDirectories: true)
                try scratch.git("mv", "shop.yaml", "shops/shop.yaml")
                try scratch.commit("Move it")
                try scratch.git("push", "-q", "origin", "HEAD:mian")
                isMade = true
            }
            return told.contains("shop: ")
        }
        #expect(told.contains("has no branch mian; who leads, or led last, follows main; "), "\(told)")
        #expect(told.split(separator: "\n").filter { $0.contains("leadership was not taken") }.count == 1, "\(told)")
        #expect(try record().contains("branch: mian"))
    }

    @Test func `a daemon that is to follow another folder says so, and follows it when it is told to`() throws {
        let scratch = try VerbScratch.quickFleet()
        for folder in ["prod", "staging"] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/fleet/\(folder)", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: scratch.path + "/fleet/shop.yaml", toPath: "\(scratch.path)/fleet/\(folder)/shop.yaml")
        }
        try scratch.git("rm", "-q", "shop.yaml")
        try scratch.commit("A folder for each")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile("--path", "prod").code == 0)
        let mixedUp = try scratch.reconcile("--path", "staging")
        #expect(mixedUp.code != 0)
        #expect(mixedUp.complaint.contains("follows main, in the folder prod, which is there still"), "\(mixedUp)")
        try scratch.git("fetch", "-q", "origin", "sluice/status/default")
        #expect(try scratch.git("show", "FETCH_HEAD:environment.yaml").contains("path: prod"))
        #expect(try scratch.reconcile("--path", "staging", "--follow-anew").code == 0)
        try scratch.git("rm", "-qr", "staging")
        try scratch.commit("No more")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile("--path", "prod").code == 0, "what it followed is not there any more")
    }

    @Test func `an empty repository is waited for, and led once it has a commit`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.git("init", "-q", "--bare", "-b", "main", scratch.path + "/new.git")
        var isPushed = false
        let told = try scratch.output(of: [
            "run", "--repository", "new.git", "--state-directory", "state", "--interval", "500ms", "--time-scale",
            "1000",
        ]) { told in
            if !isPushed, told.contains("has no branch main") {
                isPushed = true
                try scratch.git("push", "-q", scratch.path + "/new.git", "main")
            }
            return told.contains("shop: 1.0.0 serves on flip")
        }
        #expect(isPushed && told.contains("shop: 1.0.0 serves on flip"), "\(told)")
    }

    @Test func `a shallow clone is named as that, with what mends it`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.release("1.1.0")
        let clone = try scratch.run(
            "/usr/bin/git", ["clone", "-q", "--depth", "1", "file://\(scratch.path)/fleet.git", scratch.path + "/part"])
        #expect(clone.code == 0)
        let before = try scratch.sluice("plan", "part", "--from", "HEAD~1")
        #expect(before.code == 2)
        #expect(before.complaint == "sluice: this clone is shallow, and HEAD~1 is not in it\n  git fetch --unshallow\n")
        let since = try scratch.sluice("plan", "part", "--from", "HEAD")
        #expect(since.code == 0 && since.complaint.contains("this clone is shallow: what was declared before"))
        let mended = try scratch.run("/usr/bin/git", ["-C", scratch.path + "/part", "fetch", "-q", "--unshallow"])
        #expect(mended.code == 0)
        let whole = try scratch.sluice("plan", "part", "--from", "HEAD~1")
        #expect(whole.code == 0 && whole.complaint.isEmpty && whole.output.contains("1.0.0 → 1.1.0"), "\(whole.output)")
    }
}
