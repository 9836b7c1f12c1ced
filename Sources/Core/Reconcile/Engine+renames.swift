extension Engine {
    // A name is what an application is known by. Each `renamedFrom` is done, was done before, or is said to be neither,
    // and why; and nothing is torn down meanwhile of what it names.

    /// Whether something runs under a name, or is to, by what is known.
    private func stands(_ name: ApplicationName) -> Bool {
        guard let status = states[name]?.status, status.removal?.doneAt == nil else { return false }
        return status.stable != nil || status.candidate != nil
    }

    /// The name under which runs what a declaration renames: heads that nobody looked at may have renamed it more than once.
    func former(of declaration: Declaration) -> ApplicationName? {
        let declared = declaration.application.renamedFrom
        let between = declaration.trail?.between ?? []
        var former = declared
        var passed: Set<ApplicationName> = [declaration.application.name]
        while let name = former, !stands(name) {
            guard passed.insert(name).inserted else { return declared }
            former =
                between.last { $0.application?.name == name && $0.application?.renamedFrom != nil }?
                .application?.renamedFrom
        }
        return former ?? declared
    }

    /// Whether another application that is declared still says that it is the one of a former name: whoever said so first
    /// takes it over.
    func isClaimed(_ former: ApplicationName, byOtherThan name: ApplicationName, _ change: FleetChange) -> Bool {
        guard let heir = successors[former], heir != name, let there = states[heir], !there.isAbsent,
            there.declaration?.application.renamedFrom == former, !change.gone.contains(heir)
        else { return false }
        return !change.isFull || change.declared.contains { $0.application.name == heir } || change.held[heir] != nil
    }

    /// The name under which an application runs that the head declares under its former one again, and no more under that:
    /// a revert takes a rename back, and says so nowhere.
    func returning(_ name: ApplicationName, _ change: FleetChange) -> ApplicationName? {
        guard let other = successors[name], let there = states[other], there.status.removal?.doneAt == nil,
            let here = states[name]?.status, here.stable == nil, here.candidate == nil, here.adopting == nil,
            change.held[other] == nil, !change.declared.contains(where: { $0.application.name == other }),
            change.isFull || there.isAbsent || change.gone.contains(other)
        else { return nil }
        return other
    }

    /// An application declared `renamedFrom` one that is gone takes over its progress, and then what runs.
    mutating func rename(_ declared: [Declaration], _ now: Instant) {
        for name in declared.map(\.application.name).sorted() + awaitingRename.sorted() {
            guard let state = states[name], let former = state.declaration?.application.renamedFrom,
                !state.isAbsent, state.status.stable == nil, state.status.candidate == nil,
                state.status.removal == nil, state.status.adopting == nil,
                successors[former] == name, let old = states[former], stands(former)
            else {
                awaitingRename.remove(name)
                continue
            }
            // Taken over only once it is certain that the former name is gone.
            guard old.isAbsent, isPruningAllowed else {
                awaitingRename.insert(name)
                continue
            }
            awaitingRename.remove(name)
            var adopted = old.status
            adopted.application = name
            adopted.adopting = former
            adopted.removal = nil
            adopted.past = state.status.past ?? adopted.past
            adopt(name, adopted, from: former, now)
        }
    }

    private mutating func adopt(
        _ name: ApplicationName, _ adopted: Status, from former: ApplicationName, _ now: Instant
    ) {
        guard var state = states[name], var old = states[former] else { return }
        let before = state.status
        state.status = adopted
        let revision = state.declaration?.revision ?? adopted.observedRevision
        state.status.history.append(HistoryEntry(at: now, revision: revision, message: "renamed from \(former)"))
        record(&state, before, summary: "renamed from \(former)", at: now)
        states[name] = state
        var tombstone = Status(application: former, observedRevision: old.status.observedRevision, phase: .removed)
        tombstone.history = old.status.history
        var removal = Removal(since: now, graceUntil: now)
        removal.doneAt = now
        removal.renamedTo = name
        tombstone.removal = removal
        let oldBefore = old.status
        successors[name] = nil
        old.status = tombstone
        record(&old, oldBefore, summary: "renamed to \(name)", at: now)
        states[former] = old
        schedule.remove(former)
        queue.forget(former)
        wakeDependents(of: former, now)
    }

    /// Why an application that is not declared any more stays: another is declared to be it, and cannot take it over.
    func claim(on former: ApplicationName) -> String? {
        guard let heir = successors[former], let there = states[heir], !there.isAbsent,
            there.declaration?.application.renamedFrom == former, there.status.adopting != former, stands(former)
        else { return nil }
        return
            "\(heir) is declared renamedFrom \(former), and what runs already as \(heir) cannot take it over; once "
            + "renamedFrom is taken out of \(heir), \(former) is removed"
    }

    /// What is to be said of a `renamedFrom` that is not done; nil where it is, or there is none.
    func unfinishedRename(_ state: ApplicationState) -> String? {
        let name = state.status.application
        guard let former = state.declaration?.application.renamedFrom, !state.isAbsent,
            state.status.adopting == nil, !awaitingRename.contains(name)
        else { return nil }
        if let heir = successors[former], heir != name {
            return "renamedFrom \(former) is not done: \(heir) says so too, and takes it over"
        }
        if stands(former) {
            return
                "renamedFrom \(former) is not done, since \(name) runs already; \(former) stays until renamedFrom is taken out"
        }
        // What came to serve was told of it.
        guard state.status.stable == nil, states[former] == nil,
            !state.status.history.contains(where: { $0.message.hasPrefix("renamed from ") })
        else { return nil }
        return "renamedFrom \(former) is not done: nothing of that name is known here, so \(name) is deployed anew"
    }
}
