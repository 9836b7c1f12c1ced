import Core
import Simulator

/// What may not last: what comes up without a ladder and does not, a fix that waits for what is dead, and a lead that
/// was lost.
extension Laws {
    static var lead: String { "law 9 (who has lost the lead does nothing)" }
    static var comingUp: String { "law 13 (what comes up has a deadline)" }
    static var fix: String { "law 13 (a fix takes the place of what is dead)" }

    // MARK: The lead

    /// Whoever was told that another leads asks for nothing until it leads again.
    mutating func judgeLead(_ event: Event, _ commands: [Command], _ simulation: Simulation) {
        switch event {
        case .led: isSuperseded = false
        case .superseded, .pushed(_, .superseded): isSuperseded = true
        default: break
        }
        if isSuperseded, let command = commands.first {
            broken(Self.lead, simulation, "\(command) is asked for under epoch \(simulation.engineEpoch)")
        }
    }

    // MARK: What comes up without a ladder

    /// By what was reported: a first deployment, or a dark release, of which a component does not come up is told to be in
    /// trouble once its time is over, however often the daemon looks and whatever comes and goes. A daemon that starts gives
    /// it its time anew, and so does what is nobody's fault.
    mutating func judgeComing(_ name: ApplicationName, _ simulation: Simulation) {
        // A clock that was set makes waits longer, never shorter.
        guard simulation.scenario.looksTake == .zero, simulation.clockOffset == .zero,
            let observation = seen[name]?.observation,
            let status = simulation.engine.status(of: name), let candidate = status.candidate, status.stage == nil,
            status.rollback == nil, status.removal == nil, status.adopting == nil, status.phase != .degraded,
            [nil, .capacity].contains(status.waiting?.reason), status.stable != nil || observation.route == nil,
            let side = observation.sides[candidate.side], side.digest == candidate.release.digest,
            side.components.contains(where: { $0.ready == 0 }), let deadline = longestDeadline(name, simulation)
        else {
            coming[name] = nil
            return
        }
        var begin = coming[name] ?? (candidate.release.attempt, simulation.now)
        let time = begin.since...simulation.now
        let isDisturbed = (accidentsOfAll + (accidents[name] ?? [])).contains { $0.overlaps(time) }
        if begin.attempt != candidate.release.attempt || isDisturbed {
            begin = (candidate.release.attempt, simulation.now)
        }
        coming[name] = begin
        if simulation.now - begin.since > deadline + .minutes(10) {
            broken(
                Self.comingUp, simulation,
                "\(name) \(candidate.release.release.version) has not come up for \(simulation.now - begin.since)")
        }
    }

    /// As the manifests declare it, whatever the engine knows.
    private func longestDeadline(_ name: ApplicationName, _ simulation: Simulation) -> Span? {
        simulation.remote.commits.compactMap { commit -> Span? in
            guard case .inline(let strategy)? = commit.fleet[name]?.strategy else { return nil }
            return strategy.progressDeadline
        }.max()
    }

    // MARK: A fix beside what is dead

    /// By what was reported: where a release was turned back and there is nothing to go back to, what is declared next is
    /// brought up in its place, and does not wait for what is dead to come back.
    mutating func judgeFix(_ name: ApplicationName, _ simulation: Simulation) {
        let waits: [Waiting.Reason?] = [.status, .platform, .observation, .invalid]
        guard let observation = seen[name]?.observation, let status = simulation.engine.status(of: name),
            let stable = status.stable, let candidate = status.candidate, status.rollback != nil,
            status.removal == nil, !waits.contains(status.waiting?.reason),
            let side = observation.sides[stable.side], side.digest == stable.release.digest,
            side.components.allSatisfy({ $0.ready == 0 && $0.inFlight == 0 && $0.active == 0 && $0.unheard == nil }),
            let application = fetchedFleet[name], application.activation == .active, !application.suspend,
            application.dependsOn.isEmpty, application.release.digest != stable.release.digest,
            let declared = declared(name, simulation).map({ numbered($0, simulation) }),
            declared != candidate.release.attempt,
            !rejections.contains(Rejected(application: name, attempt: declared)),
            !(standing ?? []).contains(where: { $0.verb == .pause })
        else {
            unfixed[name] = nil
            return
        }
        let since = unfixed[name] ?? simulation.now
        unfixed[name] = since
        if simulation.now - since > .minutes(20) {
            broken(
                Self.fix, simulation,
                "\(name) \(application.release.version) waits beside \(stable.release.release.version), of which nothing "
                    + "is ready")
        }
    }
}
