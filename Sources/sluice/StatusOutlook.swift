import Core
import Git
import Manifests
import Repository

/// What becomes of what a status promises: whether anybody is there who does it.
struct StatusOutlook {
    /// Since when nobody leads, as the branch says it; nil where somebody does, or went in no order.
    var left: String?
    /// When something was due that has not come, long enough ago for somebody to have done it.
    var overdue: Instant?
    /// Who leads, or led last.
    var leader: String?
    /// The branch was rewritten and dropped the application.
    var isDropped = false
    /// What it waits for and what does not go on until a person acts.
    var stuck: [ApplicationName] = []

    /// What comes next, by somebody who does it.
    func next(_ usual: String, _ now: Instant) -> String {
        if isDropped {
            return "nothing, until a later commit builds on what the branch declares now; then it is torn down"
        }
        if let overdue {
            return
                "\(usual), which was due \(StatusText.age(since: overdue, now)) ago: does the daemon run, and reach the "
                + "repository? The leader is \(leader ?? "nobody")"
        }
        if !stuck.isEmpty {
            return "nothing, until somebody sees to \(stuck.prefix(3).joined(separator: ", ")), for which it waits"
        }
        // What takes a person takes a person all the same.
        if left != nil, !usual.hasPrefix("nothing") { return "nothing while nobody leads; then \(usual)" }
        return usual
    }
}

extension FleetStatus {
    /// How much later than it said somebody may do something, by the leader's clock.
    private var tolerance: Span {
        let scale = max(1, look.record?.timeScale.flatMap { Double($0) } ?? 1)
        let interval = look.record?.interval.flatMap { Span($0) } ?? .seconds(10)
        let wall = max(
            Span.minutes(1), .milliseconds(interval.milliseconds.multipliedReportingOverflow(by: 3).partialValue))
        let milliseconds = Double(wall.milliseconds) * scale
        return milliseconds < 1e15 ? .milliseconds(Int64(milliseconds)) : .milliseconds(1_000_000_000_000_000)
    }

    /// When something was due of an application that has not come, where somebody ought to have done it by now.
    func overdue(_ status: Status) -> Instant? {
        guard look.record?.left == nil, copy == nil, let due = Self.due(status), now - due > tolerance else {
            return nil
        }
        return due
    }

    /// When the next thing happens by itself; nil where it waits for anything but the time.
    private static func due(_ status: Status) -> Instant? {
        guard status.rollback == nil else { return nil }
        if let removal = status.removal {
            let isGrace = [nil, .removal].contains(status.waiting?.reason)
            return removal.doneAt == nil && removal.renamedTo == nil && isGrace ? removal.graceUntil : nil
        }
        guard let stage = status.stage, stage.failure == nil, stage.pausedAt == nil, stage.haltedAt == nil else {
            return nil
        }
        if let hold = stage.holdUntil {
            let isOpen = stage.gates.contains { $0.verdict == nil }
            return !isOpen && [nil, .hold].contains(status.waiting?.reason) ? hold : nil
        }
        // A deadline that stands still is not told at every step.
        return [nil, .capacity].contains(status.waiting?.reason) ? stage.deadline : nil
    }

    /// What becomes of what an application's status promises.
    func outlook(_ status: Status) -> StatusOutlook {
        StatusOutlook(
            left: look.record?.left, overdue: overdue(status), leader: leader,
            isDropped: dropped.contains(status.application), stuck: stuckDependencies(of: status))
    }

    /// Why what is asked may come to nothing, in a sentence: nobody leads, or nobody seems to. nil where somebody does.
    var unled: String? {
        guard copy == nil else { return nil }
        return look.record?.left.map { "nobody leads since \(Terminal.clean($0))" } ?? overdueNote
    }

    /// The same of what stands on a branch now; nil too where that cannot be read.
    static func unled(_ branch: StatusBranch) async -> String? { (try? await read(branch, folder: nil))?.unled }

    /// What of the fleet has not come, in a sentence; nil where nothing is overdue.
    var overdueNote: String? {
        let late = statuses.compactMap { overdue($0) }
        guard let first = late.min() else { return nil }
        let of = late.count == 1 ? "" : " of \(late.count) applications"
        return
            "what was due\(of) \(StatusText.age(since: first, now)) ago has not come: does the daemon run, and reach the "
            + "repository? The leader is \(leader ?? "nobody")"
    }
}
