import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import SluiceClient

/// Compares what is declared with what was answered, until one side has everything.
struct WatchVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "A line for each weight: what was declared, and the share of responses that was seen.",
        discussion: "Exit codes: 0 shares followed the weights; 1 they did not, or not in time.")

    @Option(help: "The traffic file.")
    var traffic: String

    @Option(help: "The address of the web application.")
    var web: String

    @Option(help: "Ends when this side, flip or flop, has served alone for a while.")
    var until: String

    @Option(help: "Seconds that it may take.")
    var timeout = 60.0

    @Option(help: "A weight of flop whose share has to be seen on the way; may be given several times.")
    var through: [Int] = []

    @Option(help: "Most changes of side that a user may have seen by then.")
    var changes: Int

    /// Seconds after a change of weights that are not counted: requests under way, and the time to look.
    private static let settle = 0.5
    /// Seconds that a share is watched for at the end.
    private static let last = 2.0
    /// How far a share of so many responses may be off: users are not spread perfectly over buckets, and requests at
    /// random over users. Four standard deviations: an honest share is off by more in one of 16,000.
    private static func tolerance(_ share: Double, of responses: Int) -> Double {
        0.01 + 4 * (share * (1 - share) / Double(responses)).squareRoot()
    }

    /// What was declared for a while.
    private struct Stretch {
        var file: TrafficFile
        var since: Double
        var first: Counts?
        var latest: Counts?
        /// How often it was counted.
        var samples = 0
    }

    func run() async throws {
        guard let goal = Side(rawValue: until) else { throw ValidationError("--until takes flip or flop") }
        let reader = TrafficReader(path: traffic)
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        var isFine = true
        var seen = Set<Int>()
        var stretch: Stretch?
        let start = Self.now()
        while true {
            let now = Self.now()
            if now - start > timeout {
                print("not within \(Int(timeout)) s: \(reader.state)")
                isFine = false
                break
            }
            // The counts before the file: what is counted was answered while the file said so.
            let counts = try await Self.counts(web, http)
            guard let file = reader.state.file, let weights = file.weights else { continue }
            if stretch?.file.order != file.order {
                if let stretch { isFine = Self.report(stretch, &seen) && isFine }
                stretch = Stretch(file: file, since: now)
            } else if now - (stretch?.since ?? now) > Self.settle {
                if stretch?.first == nil { stretch?.first = counts }
                stretch?.latest = counts
                stretch?.samples += 1
            }
            if weights[goal] == 100, let stretch, now - stretch.since > Self.settle + Self.last {
                isFine = Self.report(stretch, &seen) && isFine
                for weight in through where !seen.contains(weight) {
                    print("flop was never seen at \(weight)%")
                    isFine = false
                }
                if counts.changes > changes {
                    print("a user changed sides \(counts.changes) times, and may only \(changes)")
                    isFine = false
                }
                print("        \(counts.users) users, none of whom changed sides more than \(counts.changes) times")
                break
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await http.shutdown()
        if !isFine { throw ExitCode(1) }
    }

    /// - Returns: whether the share that was seen is the one that was declared.
    private static func report(_ stretch: Stretch, _ seen: inout Set<Int>) -> Bool {
        guard let weights = stretch.file.weights else { return true }
        let about = "\(stretch.file.stage ?? "-")".padding(toLength: 8, withPad: " ", startingAt: 0)
        let declared = "\(about) flip \(weights.flip)%, flop \(weights.flop)%"
            .padding(toLength: 32, withPad: " ", startingAt: 0)
        // Too short to count; what has to be seen is asked for by weight.
        guard let first = stretch.first, let latest = stretch.latest else { return true }
        let (flip, flop) = (latest.flip - first.flip, latest.flop - first.flop)
        let total = flip + flop
        guard total > 0 else {
            // Between two looks that follow each other there may be none.
            let isShort = stretch.samples < 5
            print("\(declared) \(isShort ? "too short to count" : "no responses")")
            return isShort
        }
        let share = Double(flop) / Double(total)
        let expected = Double(weights.flop) / 100
        // A side without weight gets nothing, and one with weight gets something.
        let isFine =
            (flop > 0) == (weights.flop > 0) && (flip > 0) == (weights.flip > 0)
            && (share - expected).magnitude <= tolerance(expected, of: total)
        seen.insert(weights.flop)
        let answered = String(format: "%5.1f%% of %6d responses from flop", 100 * share, total)
        print("\(declared) \(answered)\(isFine ? "" : "   NOT AS DECLARED")")
        fflush(nil)
        return isFine
    }

    private static func counts(_ web: String, _ http: HTTPClient) async throws -> Counts {
        let answer = try await http.execute(HTTPClientRequest(url: "\(web)/stats"), timeout: .seconds(5))
        return try JSONDecoder().decode(
            Counts.self, from: Data(try await answer.body.collect(upTo: 65_536).readableBytesView))
    }

    private static func now() -> Double {
        let (seconds, attoseconds) = (ContinuousClock().now - Self.origin).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    private static let origin = ContinuousClock().now
}
