import Core

/// What people ask of rollouts, and what becomes of it.
extension Simulation {
    /// Somebody looks at the status branch, and asks for something of what it shows.
    mutating func ask(_ name: ApplicationName, _ verb: Request.Verb, _ isFull: Bool) {
        guard let status = remote.statuses[name] else { return }
        var request = Request(id: "", verb: verb, application: name, attempt: nil, by: "operator")
        switch verb {
        case .pause, .abort:
            guard status.stage != nil else { return }
            request.attempt = status.candidate?.release.attempt
        case .promote:
            guard let stage = status.stage else { return }
            request.attempt = status.candidate?.release.attempt
            request.stage = stage.name
            request.isFull = isFull
        case .retry:
            let held = status.stage?.failure != nil ? status.candidate?.release.attempt : nil
            request.attempt = held ?? status.rejected.last { $0.retriedBy == nil }?.attempt
        case .approve:
            guard let stage = status.stage else { return }
            request.attempt = status.candidate?.release.attempt
            request.stage = stage.name
            request.gate = stage.gates.first { isPending($0) }?.name
            guard request.gate != nil else { return }
        }
        guard let attempt = request.attempt else { return }
        request.id =
            "\(name)/\(verb.rawValue)-\(attempt.digest.short)-\(attempt.introduced.suffix(4))-\(attempt.retry ?? 0)"
            + "-\(request.stage ?? "")-\(request.gate ?? "")"
        remote.ask(request)
    }

    private func isPending(_ gate: GateProgress) -> Bool {
        guard case .approval? = scenario.gates[gate.name]?.check else { return false }
        return gate.verdict == nil
    }

    mutating func readRequestsBranch() -> RequestsOutcome {
        book.laws.requestsRead(remote.requests)
        if readRequests == remote.requestCommits { return .unchanged }
        readRequests = remote.requestCommits
        return .standing(remote.requests)
    }

    mutating func collect(_ id: EffectID, _ spent: [Request], _ index: Int, _ incarnation: Int) {
        let ids = Set(spent.map(\.id))
        if !strikes(.pushFails) { remote.takeBack { ids.contains($0.id) } }
        guard incarnation == self.incarnation else { return }
        if endsHere(index) { return crash() }
        answer(.collected(id), moment(1, upTo: 100))
    }

    /// Commits what the shell would: the release, and nothing else of what the head declares.
    mutating func restore(_ id: EffectID, _ order: RestoreOrder, _ index: Int, _ incarnation: Int) {
        let outcome = restored(order)
        guard incarnation == self.incarnation else { return }
        if endsHere(index) { return crash() }
        answer(.restored(id, outcome), moment(1, upTo: 100))
    }

    private mutating func restored(_ order: RestoreOrder) -> RestoreOutcome {
        let name = order.application
        if strikes(.pushFails) { return .failed(EffectFailure(.unreachable, "the remote reset the connection")) }
        guard let head = remote.head, var application = remote.headFleet[name], !remote.headBroken.contains(name),
            remote.isCurrent(order.rejected, of: name, at: head)
        else { return .moot }
        if scenario.isProtected { return .proposed(branch: "sluice/restore/\(name)") }
        application.release = order.stable.release
        intended[name]?.release = order.stable.release
        var fleet = remote.headFleet
        fleet[name] = application
        remote.commit(fleet, broken: remote.headBroken)
        book.laws.restored(order, self)
        return .pushed
    }

    /// Whether the daemon dies right after this effect.
    private mutating func endsHere(_ index: Int) -> Bool {
        if let crashPoint, crashPoint.index == index, crashPoint.after { return true }
        return strikes(.crashAfterEffect)
    }
}
