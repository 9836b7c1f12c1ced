package import Signal
import Synchronization

/// One running instance: what it is told, what it last said, and who waits for news of it.
///
/// Asked from the endpoint's thread for every poll, and told from others; a poll takes one lock that nobody else wants.
package final class AgentInstance: Sendable {
    private struct Contents {
        var told: ElevationState?
        var worker: WorkerReport?
        /// What the last poll was answered.
        var answered: ElevationState.Order?
        /// Whether the header does not say what the worker follows.
        var isImplicit = false
        /// The header as it last came, so that one that says the same need not be read.
        var header: [UInt8] = []
        /// Whether the header was one that says nothing.
        var isMisunderstood = false
        var answers: Answers
        var waiting: [Int: @Sendable () -> Void] = [:]
        var nextWaiter = 0
    }

    /// What became of a worker's header.
    package enum Heard: Hashable, Sendable {
        /// The same as before, or nothing that anybody has to know.
        case nothingNew
        case news
        /// It says nothing that is understood; told once, until it says something.
        case misunderstood
    }

    package let registration: Registration
    /// When it was first seen, in seconds since 1970.
    private let since: Int
    private let contents: Mutex<Contents>

    init(_ registration: Registration, told: ElevationState?, staleSince: Int?, since: Int) {
        self.registration = registration
        self.since = since
        let state = told ?? Self.untold(registration, since: since)
        contents = Mutex(Contents(told: told, answers: Answers(state, staleSince: staleSince)))
    }

    /// An instance that nothing was ever said for is inactive.
    private static func untold(_ registration: Registration, since: Int) -> ElevationState {
        ElevationState(
            instance: registration.instance, application: registration.application, component: registration.component,
            side: registration.side, version: registration.version, isActive: false, weight: 0,
            since: AgentTime.text(since), order: ElevationState.Order(epoch: 0, sequence: 0))
    }

    /// What it would be answered now.
    var answers: Answers { contents.withLock { $0.answers } }

    /// What a poll is answered, which its worker follows from then on.
    func answer() -> Answers {
        contents.withLock { contents in
            contents.answered = contents.told?.order
            return contents.answers
        }
    }

    /// What it is told now.
    package var state: ElevationState {
        contents.withLock { $0.told } ?? Self.untold(registration, since: since)
    }

    /// What is known of it.
    package var known: InstanceReport {
        let (worker, told) = contents.withLock { ($0.worker, $0.told) }
        return InstanceReport(
            instance: registration.instance, application: registration.application, component: registration.component,
            side: registration.side, version: registration.version, worker: worker,
            told: told.map { InstanceReport.Told($0) })
    }

    /// Tells it, and wakes who waits.
    func tell(_ told: ElevationState?, staleSince: Int?) {
        let waiting = contents.withLock { contents in
            if contents.told == told, contents.answers.staleSince == staleSince { return [Int: @Sendable () -> Void]() }
            contents.told = told
            contents.answers = Answers(told ?? Self.untold(registration, since: since), staleSince: staleSince)
            defer { contents.waiting = [:] }
            return contents.waiting
        }
        for wake in waiting.values { wake() }
    }

    /// Takes what a worker's poll says that it does. One that does not say what it follows has read what it was answered
    /// before: a worker polls once at a time.
    func hear(_ header: Slice<UnsafeRawBufferPointer>) -> Heard {
        contents.withLock { contents in
            let isSame = header.elementsEqual(contents.header)
            if isSame, !contents.isImplicit || contents.worker?.follows == contents.answered { return .nothingNew }
            if !isSame { contents.header = Array(header.prefix(PollRequest.limit)) }
            guard var said = WorkerReport(text: String(decoding: header, as: UTF8.self)) else {
                defer { (contents.isMisunderstood, contents.isImplicit) = (true, false) }
                return contents.isMisunderstood ? .nothingNew : .misunderstood
            }
            contents.isMisunderstood = false
            contents.isImplicit = said.follows == nil
            if contents.isImplicit { said.follows = contents.answered }
            defer { contents.worker = said }
            return Self.isNews(said, after: contents.worker) ? .news : .nothingNew
        }
    }

    /// How many a consuming worker holds changes all the time, and nobody acts on it; it goes up with the next news.
    private static func isNews(_ said: WorkerReport, after last: WorkerReport?) -> Bool {
        guard let last, said.doing == last.doing, said.follows == last.follows else { return true }
        return said.doing != .consuming && said.inFlight != last.inFlight
    }

    /// Calls `wake` once when this instance is told something else, where it still has `tag`; nil where it has another
    /// already.
    func wait(for path: PollRequest.Path, beyond tag: [UInt8], _ wake: @escaping @Sendable () -> Void) -> Int? {
        contents.withLock { contents in
            guard contents.answers[path].tag == tag else { return nil }
            contents.nextWaiter += 1
            contents.waiting[contents.nextWaiter] = wake
            return contents.nextWaiter
        }
    }

    /// Takes back a wait.
    func stopWaiting(_ waiter: Int) { contents.withLock { $0.waiting[waiter] = nil } }

    /// How many wait.
    package var waiters: Int { contents.withLock { $0.waiting.count } }
}
