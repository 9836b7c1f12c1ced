import Core

/// One consumer process: what its sidecar tells it, what it does, and what it said that it does.
///
/// It polls its sidecar. A poll carries what it does by what it heard before, and brings what it is told now. Only polls
/// that change something are played.
struct Worker: Hashable, Sendable, Codable {
    /// What its sidecar is to tell it.
    var isTold = false
    /// How often that has changed; how far the worker has heard, and how far it said that it follows.
    var toldOrder = 0
    var heardOrder = 0
    var saidOrder = 0
    /// It takes messages.
    var isActive = false
    /// Messages that it has taken and not acknowledged.
    var held = 0
    /// Largest number of deliveries among what it holds.
    var deliveries = 0
    /// Deactivated: when it has finished what it holds.
    var finishesAt: Instant?
    var saidActive = false
    var saidHeld = 0
    /// The next poll that changes something; nil while there is none.
    var pollsAt: Instant?

    /// Most messages that it holds at a time.
    static var batch: Int { 4 }

    var isInSync: Bool {
        heardOrder == toldOrder && saidOrder == toldOrder && saidActive == isActive && (isActive || saidHeld == held)
    }

    /// Nobody has said whether it follows what it was told last.
    var isUnheard: Bool { saidOrder != toldOrder && !saidActive }

    mutating func tell(_ active: Bool) {
        guard isTold != active else { return }
        isTold = active
        toldOrder += 1
        pollsAt = nil
    }
}

/// What of a side's sidecars is not as it should be, and until when.
struct SidecarTrouble: Hashable, Sendable, Codable {
    /// Nothing answers polls.
    var downUntil: Instant?
    /// Polls are answered with what was true before.
    var staleUntil: Instant?
    /// Polls are answered, and what workers say goes no further.
    var unreportedUntil: Instant?
    /// Nothing answers the polls of every other worker.
    var splitUntil: Instant?
    /// Workers go on taking messages although they heard that they should not.
    var ignoresUntil: Instant?
    /// Workers take this many times as long to finish what they hold.
    var slowUntil: Instant?

    static var slowness: Int64 { 20 }

    var ends: [Instant] {
        [downUntil, staleUntil, unreportedUntil, splitUntil, ignoresUntil, slowUntil].compactMap { $0 }
    }

    /// When the sidecar of a worker answers again; nil where it does.
    func silentUntil(_ worker: Int) -> Instant? { downUntil ?? (worker % 2 == 1 ? splitUntil : nil) }

    mutating func settle(_ now: Instant) {
        if let at = downUntil, at <= now { downUntil = nil }
        if let at = staleUntil, at <= now { staleUntil = nil }
        if let at = unreportedUntil, at <= now { unreportedUntil = nil }
        if let at = splitUntil, at <= now { splitUntil = nil }
        if let at = ignoresUntil, at <= now { ignoresUntil = nil }
        if let at = slowUntil, at <= now { slowUntil = nil }
    }
}
