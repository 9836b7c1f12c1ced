extension Declaration {
    /// What the head means, once what was rejected is taken out of it.
    ///
    /// An inactive head waits beside what serves. The release that was declared active before it may have been rejected:
    /// then that is no more what is to serve, and what it was turned back to is.
    ///
    /// - Parameters:
    ///   - status: what stands, and what was rejected.
    ///   - isRouted: something has a route, so that it is not known yet that nothing serves.
    /// - Returns: the declaration, with what serves in place of what was rejected.
    func settled(by status: Status, isRouted: Bool) -> Declaration {
        guard application.activation == .inactive, let last = lastActive, status.rejection(of: last) != nil,
            status.stable != nil || !isRouted
        else { return self }
        var settled = self
        settled.lastActive = status.stable?.release
        if settled.lastActive?.digest == digest {
            // What serves is itself declared dark: it stops, unless something stands from before it.
            settled.lastActive = status.past?.actives.lazy.compactMap(\.declared).first {
                $0.digest != digest && status.rejection(of: $0) == nil
            }
        }
        return settled
    }

    /// Whether the head declares this attempt, whatever number of times it was tried.
    func declares(_ attempt: Attempt) -> Bool { attempt.digest == digest && attempt.introduced == introduced }
}

extension Status {
    /// The rejection that a retry lifts: of the release that the head declares. nil where there is none.
    package var retriable: Rejection? {
        rejected.last { rejection in
            guard rejection.retriedBy == nil else { return false }
            // An older daemon recorded nothing of what is declared: what is waited for tells.
            guard let past else { return stage == nil && waiting?.reason == .failure }
            return past.digest == rejection.attempt.digest && past.introduced == rejection.attempt.introduced
        }
    }
}
