import Signal

extension InstanceReport {
    /// What its agent tells it; nil where nothing was ever said of it.
    var state: ElevationState? {
        told.map { told in
            ElevationState(
                instance: instance, application: application, component: component, side: side, version: version,
                isActive: told.isActive, weight: 0, since: told.since, order: told.order)
        }
    }
}

/// An instance as the daemon knows it: what it was told, and what its machine's agent says of it.
struct ElevatedInstance: Sendable {
    var report: InstanceReport
    var machine: String
    /// nil while it was told nothing.
    var told: ElevationState?
    /// The order to stop that it has not been observed to follow.
    var stopping: ElevationState.Order?

    /// ``stopping`` is from before this daemon led, and nothing was heard since.
    private(set) var isPresumed = false

    init(report: InstanceReport, machine: String) {
        self.report = report
        self.machine = machine
    }

    /// Whether it may take messages or hold some, by what it was told and by what it says.
    var isHeld: Bool {
        if told?.isActive == true || stopping != nil { return true }
        return report.worker.map { $0.doing != .paused } ?? false
    }

    /// Messages that it has taken and not finished, as far as that is known: one that was to stop and has not said that
    /// it has may hold one.
    var inFlight: Int {
        let said = report.worker?.inFlight ?? 0
        return said == 0 && isHeld && !isConsuming && told?.isActive != true ? 1 : said
    }

    /// Whether it may take messages, and has not said that it follows what it was told last.
    var isUnheard: Bool {
        guard isHeld, !isConsuming, let told else { return false }
        return report.worker?.follows.map { $0 < told.order } ?? true
    }

    /// Whether it said that it takes messages.
    var isConsuming: Bool { report.worker?.doing == .consuming }

    /// Whether a report is about the same release in the same place.
    func isSame(as other: InstanceReport) -> Bool {
        report.component == other.component && report.side == other.side && report.version == other.version
    }

    /// Takes over what its agent says now.
    mutating func take(_ report: InstanceReport) {
        self.report = report
        if let worker = report.worker, worker.doing != .paused { isPresumed = false }
        guard let stopping, let worker = report.worker, worker.doing == .paused else { return }
        // A pause from before the order says nothing: it may have been told to begin since.
        if let follows = worker.follows, follows >= stopping { (self.stopping, isPresumed) = (nil, false) }
    }

    /// Notes what it is told from now on.
    mutating func tell(_ state: ElevationState) {
        if state.isActive {
            (stopping, isPresumed) = (nil, false)
        } else if told?.isActive == true {
            stopping = state.order
        }
        told = state
    }

    /// Notes what another daemon, or this one before it was started anew, has told it.
    mutating func recall(_ before: ElevationState) {
        guard before.application == report.application, before.component == report.component,
            before.side == report.side, before.version == report.version
        else { return }
        told = before
        // It may have been active until then, and has stopped when it says so.
        stopping = before.isActive ? nil : before.order
        isPresumed = stopping != nil
    }
}
