import Foundation
import Testing

/// `sluice traffic` on a repository that git made.
@Suite(.timeLimit(.minutes(5))) struct TrafficVerbTests {
    @Test func filesAreKeptOnTheDisk() throws {
        let host = try TrafficHost()
        try host.commit(generation: 3, flop: 10)
        let first = try host.traffic()
        #expect(first.code == 0)
        #expect(first.output.contains("search: flip 90%, flop 10% (stage early, 4.2.0)"))
        #expect(try host.kept() == TrafficHost.text(generation: 3, flop: 10))
        #expect(try host.traffic().output.isEmpty, "nothing is written twice")
        #expect(try host.names() == [".sluice", "search.json"], "nothing else is left behind")
    }

    @Test func anOlderOrBrokenFileIsNotFollowed() throws {
        let host = try TrafficHost()
        try host.commit(generation: 3, flop: 10)
        #expect(try host.traffic().code == 0)
        for text in [
            TrafficHost.text(generation: 2, flop: 50), "{", TrafficHost.text(generation: 4, flop: 50, sum: 99),
        ] {
            try host.commit(text)
            let result = try host.traffic()
            #expect(result.code == 1)
            #expect(result.complaint.contains("left as it was"), "\(result.complaint)")
            #expect(try host.kept() == TrafficHost.text(generation: 3, flop: 10))
        }
        try host.commit(generation: 4, flop: 50)
        #expect(try host.traffic().code == 0)
        #expect(try host.kept() == TrafficHost.text(generation: 4, flop: 50))
    }

    @Test func whatIsNotThereIsSaid() throws {
        let host = try TrafficHost()
        #expect(try host.traffic().code == 2, "there is no such branch")
        try host.commit(generation: 3, flop: 10)
        let result = try host.traffic("--application", "checkout")
        #expect(result.code == 1)
        #expect(result.complaint.contains("no traffic file of checkout"))
        #expect(try host.names() == [".sluice"])
        #expect(try host.traffic("--path", "traffic.json").code == 2)
    }

    @Test func whatIsOnTheDiskIsAcknowledgedAndWhatIsNotIsNot() throws {
        let host = try TrafficHost()
        try host.commit(generation: 3, flop: 10)
        let follower = try host.follow("--acknowledge", "web-1")
        try host.await("the first is acknowledged") { try host.acknowledged("web-1") == host.tip() }
        let last = try host.tip()
        try host.commit("{")
        #expect(try follower.complaint()?.contains("left as it was") == true)
        try host.commit(generation: 2, flop: 50)
        #expect(try follower.complaint()?.contains("left as it was") == true)
        #expect(try host.acknowledged("web-1") == last)
        try host.commit(generation: 4, flop: 50)
        try host.await("the last is acknowledged") { try host.acknowledged("web-1") == host.tip() }
        #expect(try host.kept() == TrafficHost.text(generation: 4, flop: 50))
        #expect(follower.stop() == 0)
        #expect(try host.traffic("--acknowledge", "web-1").code == 2, "only who follows can say so")
    }

    @Test func itFollowsUntilItIsToldToStop() throws {
        let host = try TrafficHost()
        try host.commit(generation: 3, flop: 10)
        let follower = try host.follow()
        #expect(try follower.line()?.contains("flop 10%") == true)
        try host.commit(generation: 4, flop: 50)
        #expect(try follower.line()?.contains("flop 50%") == true)
        // The remote goes away; what is on the disk stays, and it is told once.
        try host.hide()
        #expect(try follower.complaint()?.contains("what is on the disk was right") == true)
        #expect(try host.kept() == TrafficHost.text(generation: 4, flop: 50))
        try host.show()
        #expect(try follower.complaint()?.contains("reached again") == true)
        try host.commit(generation: 5, flop: 100)
        #expect(try follower.line()?.contains("flop 100%") == true)
        let rival = try host.traffic()
        #expect(rival.code == 2 && rival.complaint.contains("another process"))
        #expect(follower.stop() == 0)
        #expect(try host.names() == [".sluice", "search.json"])
    }
}

/// A bare repository with a traffic branch, and a directory that follows it.
private final class TrafficHost {
    private let scratch: VerbScratch
    private var repository: String { scratch.path + "/remote.git" }
    private var directory: String { scratch.path + "/host" }

    init() throws {
        scratch = try VerbScratch()
        try git("init", "-q", "--bare", repository)
    }

    static func text(generation: Int, flop: Int, sum: Int = 100) -> String {
        """
        {"version": 1, "application": "search", "environment": "default", "epoch": 2, "sequence": 1,
         "generation": \(generation), "stage": "early", "release": "4.2.0",
         "weights": {"flip": \(sum - flop), "flop": \(flop)}, "writtenAt": "2026-11-21T07:30:00Z"}

        """
    }

    func commit(generation: Int, flop: Int) throws { try commit(Self.text(generation: generation, flop: flop)) }

    func commit(_ text: String) throws {
        let clone = scratch.path + "/clone"
        if !FileManager.default.fileExists(atPath: clone) {
            try git("clone", "-q", repository, clone)
            try git("-C", clone, "checkout", "-q", "-b", "sluice/traffic/default")
        }
        try FileManager.default.createDirectory(atPath: clone + "/traffic", withIntermediateDirectories: true)
        try text.write(toFile: clone + "/traffic/search.json", atomically: true, encoding: .utf8)
        try git("-C", clone, "add", ".")
        try git("-C", clone, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "c")
        try git("-C", clone, "push", "-q", "origin", "HEAD")
    }

    func traffic(_ options: String...) throws -> (code: Int32, output: String, complaint: String) {
        try scratch.run(
            VerbScratch.program, ["traffic", "--repository", repository, "--directory", directory] + options)
    }

    func follow(_ options: String...) throws -> Follower {
        try Follower(
            ["traffic", "--repository", repository, "--directory", directory, "--follow", "--interval", "100ms"]
                + options)
    }

    func tip() throws -> String { try reference("sluice/traffic/default") }
    func acknowledged(_ reader: String) throws -> String { try reference("sluice/traffic-ack/default/\(reader)") }

    private func reference(_ branch: String) throws -> String {
        try scratch.run("/usr/bin/git", ["-C", repository, "rev-parse", "-q", "--verify", "refs/heads/\(branch)"])
            .output
    }

    /// Asks again until it is so; the suite's time limit ends it otherwise.
    func await(_ what: Comment, _ isSo: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !isSo() { try #require(ContinuousClock.now < end, what) }
    }

    func kept() throws -> String { try String(contentsOfFile: directory + "/search.json", encoding: .utf8) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
    func hide() throws { try FileManager.default.moveItem(atPath: repository, toPath: repository + ".hidden") }
    func show() throws { try FileManager.default.moveItem(atPath: repository + ".hidden", toPath: repository) }

    private func git(_ words: String...) throws {
        let result = try scratch.run("/usr/bin/git", words)
        try #require(result.code == 0, "\(result.complaint)")
    }
}

/// A `sluice` that goes on, and whose lines are waited for.
private final class Follower {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var pending: [Int32: [UInt8]] = [:]

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: VerbScratch.program)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// The next line of standard output; nil where it has ended.
    func line() throws -> String? { try next(output) }
    /// The next line of standard error; nil where it has ended.
    func complaint() throws -> String? { try next(errors) }

    private func next(_ pipe: Pipe) throws -> String? {
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        while true {
            var bytes = pending[descriptor] ?? []
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                pending[descriptor] = Array(bytes[(end + 1)...])
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
            let more = pipe.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            bytes += more
            pending[descriptor] = bytes
        }
    }

    /// Asks it to stop, and waits.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }
}
