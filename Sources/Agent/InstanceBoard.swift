package import Signal
import Synchronization

/// All that an agent knows: which instances are there, what each is told, and what has not been reported yet.
///
/// What a source tells is kept for as long as the reports say that the instance is alive. Once it was reported as gone,
/// the source counts on it no more, so what it was told is forgotten: an instance that comes back under the same name
/// begins inactive. Until then nobody knows that it was away, and it goes on as it was.
package final class InstanceBoard: Sendable {
    private struct Contents {
        var instances: [String: AgentInstance] = [:]
        /// What was told last, by instance; of instances that are not here yet too.
        var told: [String: ElevationState] = [:]
        /// Since when the source is gone, in seconds since 1970; nil while it is there.
        var staleSince: Int?
        /// Instances of which there is news.
        var news: Set<String> = []
        /// The last of those that are gone since the last report.
        var gone: [String: InstanceReport] = [:]
        var needsFull = true
        /// Whether all that is registered was read once. Before that, nobody is known to be gone.
        var isKnown = false
    }

    private let contents: Mutex<Contents>
    private let takesReports: Bool
    /// There may be something to report.
    package let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// A board on which nothing is registered, and which has not heard of its source.
    ///
    /// - Parameters:
    ///   - told: what was told last, by an earlier life of the agent.
    ///   - staleSince: when that was, in seconds since 1970.
    ///   - takesReports: whether the source does.
    package init(told: [ElevationState], staleSince: Int, takesReports: Bool) {
        let known = Dictionary(told.map { ($0.instance, $0) }) { $0.order < $1.order ? $1 : $0 }
        contents = Mutex(Contents(told: known, staleSince: staleSince))
        self.takesReports = takesReports
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// All that is told, sorted by instance.
    package var told: [ElevationState] {
        contents.withLock { $0.told.values.sorted { $0.instance < $1.instance } }
    }

    /// Since when the source is gone, in seconds since 1970; nil while it is there.
    package var staleSince: Int? { contents.withLock { $0.staleSince } }

    /// One instance; nil where it is not registered.
    package subscript(name: String) -> AgentInstance? { contents.withLock { $0.instances[name] } }

    /// The instances that are registered, sorted by name.
    package var instances: [AgentInstance] {
        contents.withLock { $0.instances.values.sorted { $0.registration.instance < $1.registration.instance } }
    }

    /// Takes up what is registered now.
    ///
    /// - Parameters:
    ///   - registrations: by instance.
    ///   - now: in seconds since 1970.
    ///   - isComplete: whether these are all. Until they once were, nothing is reported.
    package func take(_ registrations: [String: Registration], at now: Int, isComplete: Bool = true) {
        contents.withLock { contents in
            contents.isKnown = contents.isKnown || isComplete
            for (name, instance) in contents.instances where registrations[name] != instance.registration {
                contents.instances[name] = nil
                var report = instance.known
                report.isGone = true
                guard takesReports, contents.staleSince == nil else { continue }
                contents.gone[name] = report
                contents.news.insert(name)
            }
            for (name, registration) in registrations where contents.instances[name] == nil {
                let told = contents.told[name].flatMap { registration.isMeant(by: $0) ? $0 : nil }
                contents.instances[name] = AgentInstance(
                    registration, told: told, staleSince: contents.staleSince, since: now)
                if contents.staleSince == nil { contents.news.insert(name) }
            }
        }
        signal.yield()
    }

    /// Takes what the source tells. An older state than the one that is known is passed over.
    ///
    /// - Returns: whether there was anything new in it, or the source was not there before.
    package func take(_ message: MachineElevations) -> Bool {
        let wasNew = contents.withLock { contents in
            var changed: Set<String> = []
            for state in message.states {
                if let known = contents.told[state.instance], state.order < known.order || state == known { continue }
                contents.told[state.instance] = state
                changed.insert(state.instance)
            }
            let isBack = contents.staleSince != nil && message.isFull
            if message.isFull, !contents.isKnown { contents.needsFull = true }
            if message.isFull, contents.isKnown {
                // What is neither here nor spoken of is nobody's.
                let spoken = Set(message.states.map(\.instance))
                contents.told = contents.told.filter { spoken.contains($0.key) || contents.instances[$0.key] != nil }
                contents.needsFull = contents.needsFull || isBack
            }
            if isBack {
                contents.staleSince = nil
                changed = Set(contents.instances.keys)
            }
            for name in changed { Self.tell(name, contents) }
            return isBack || !changed.isEmpty
        }
        signal.yield()
        return wasNew
    }

    /// The source is gone. What is known goes on to be told, with the time since when it may be out of date.
    package func lose(at now: Int) {
        contents.withLock { contents in
            guard contents.staleSince == nil else { return }
            contents.staleSince = now
            // The next report is a full one, so there is nothing to keep for it.
            (contents.news, contents.gone, contents.needsFull) = ([], [:], true)
            for name in contents.instances.keys { Self.tell(name, contents) }
        }
    }

    /// A worker's state has changed.
    func note(newsOf name: String) {
        let isNoted = contents.withLock { contents in
            guard contents.staleSince == nil, contents.instances[name] != nil else { return false }
            contents.news.insert(name)
            return true
        }
        if isNoted { signal.yield() }
    }

    /// What there is to report now; nil where there is nothing, or nobody to hear it.
    package func takeReport(machine: String) -> MachineReport? {
        contents.withLock { contents in
            guard takesReports, contents.isKnown, contents.staleSince == nil,
                contents.needsFull || !contents.news.isEmpty
            else {
                return nil
            }
            defer { (contents.news, contents.gone, contents.needsFull) = ([], [:], false) }
            let names = contents.needsFull ? Set(contents.instances.keys) : contents.news
            let reports = names.sorted().compactMap { contents.instances[$0]?.known ?? contents.gone[$0] }
            return MachineReport(machine: machine, isFull: contents.needsFull, instances: reports)
        }
    }

    /// A report arrived: forgets what those were told that the source now knows to be gone.
    ///
    /// - Returns: whether anything was forgotten.
    package func noteDelivery(of report: MachineReport) -> Bool {
        let changed = contents.withLock { contents in
            var gone = report.instances.filter(\.isGone).map(\.instance)
            if report.isFull {
                let named = Set(report.instances.map(\.instance))
                gone += contents.told.keys.filter { !named.contains($0) }
            }
            let forgets = gone.contains { contents.told[$0] != nil }
            for name in gone {
                contents.told[name] = nil
                if contents.instances[name] != nil { contents.news.insert(name) }
                Self.tell(name, contents)
            }
            return forgets
        }
        signal.yield()
        return changed
    }

    /// A report did not arrive: what it said is reported once more, as it is by then.
    package func noteFailure(of report: MachineReport) {
        contents.withLock { contents in
            guard contents.staleSince == nil else { return }
            contents.needsFull = contents.needsFull || report.isFull
            for instance in report.instances {
                contents.news.insert(instance.instance)
                if instance.isGone, contents.gone[instance.instance] == nil {
                    contents.gone[instance.instance] = instance
                }
            }
        }
    }

    private static func tell(_ name: String, _ contents: Contents) {
        guard let instance = contents.instances[name] else { return }
        let told = contents.told[name].flatMap { instance.registration.isMeant(by: $0) ? $0 : nil }
        instance.tell(told, staleSince: contents.staleSince)
    }
}
