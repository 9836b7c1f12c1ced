import Core
import Foundation
import Git
import Manifests
import Routing
import ServiceLifecycle
import Signal

/// Looks again and again, and tells what changed and what is away.
struct TrafficFollower: Service {
    var copy: TrafficCopy
    var interval: Span

    /// How often it is told that the repository is still away.
    private static let reminder = Duration.seconds(60)

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await follow() }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }

    private func follow() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var reached: ContinuousClock.Instant?
        var told: ContinuousClock.Instant?
        var unacknowledged: String?
        while true {
            let failure = await look()
            try Task.checkCancellation()
            let now = clock.now
            if let failure {
                if told.map({ now - $0 >= Self.reminder }) ?? true {
                    let age = Span.seconds((now - (reached ?? start)).components.seconds)
                    let what =
                        reached == nil ? "nothing was read for \(age)" : "what is on the disk was right \(age) ago"
                    Terminal.complain("sluice: \(Terminal.clean(failure)); \(what)")
                    told = now
                }
            } else {
                if told != nil {
                    Terminal.complain("sluice: reached again after \((now - (reached ?? start)).components.seconds) s")
                }
                (reached, told) = (now, nil)
                let why = await acknowledge()
                if let why, why != unacknowledged { Terminal.complain("sluice: \(Terminal.clean(why))") }
                unacknowledged = why
            }
            try await Task.sleep(for: .milliseconds(interval.milliseconds))
        }
    }

    /// - Returns: why what is on the disk may be out of date; nil where it is not.
    private func look() async -> String? {
        do {
            Self.tell(try await copy.look())
            return nil
        } catch let error as GitError {
            return error.description
        } catch {
            return "\(error)"
        }
    }

    /// - Returns: why the daemon was not told; nil where it was, or need not be.
    private func acknowledge() async -> String? {
        do {
            try await copy.acknowledge()
            return nil
        } catch {
            return error.description
        }
    }

    static func tell(_ look: TrafficCopy.Look) {
        let now = Timestamp.text(Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
        for file in look.written { Terminal.print("\(now) \(Terminal.clean(file.summary))") }
        for refusal in look.refused { Terminal.complain("sluice: \(Terminal.clean(refusal)); left as it was") }
    }
}
