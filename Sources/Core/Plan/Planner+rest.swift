extension Planner {
    /// No rollout is under way: decides whether one should be, and keeps what stands as declared.
    mutating func stepRest() {
        status.stage = nil
        guard let declaration else {
            if let stable = status.stable { keep(stable) }
            return
        }
        guard let stable = status.stable else {
            stepFirst(declaration)
            return
        }
        guard let desired = declaration.serving else {
            stepDeactivation(stable)
            return
        }
        if desired.digest == stable.release.digest {
            restAtDeclared(stable, desired, declaration)
        } else {
            stepNewVersion(stable, desired, declaration)
        }
    }

    // MARK: First deployment

    /// Nothing serves yet. The first release has no traffic to take over: it is deployed in full, then gets all.
    private mutating func stepFirst(_ declaration: Declaration) {
        heedRetry()
        let desired = numbered(declaration.serving ?? declaration.head)
        if let candidate = status.candidate, candidate.release.attempt == desired.attempt, observation.route == nil,
            let abort = request(.abort, for: desired.attempt)
        {
            reject(candidate.release, "aborted by \(abort.origin)")
        }
        if observation.route == nil, let rejection = status.rejected.last(where: { $0.attempt == desired.attempt }) {
            status.bringUp = nil
            wait(
                .failure,
                "\(desired.release.version) was rejected: \(rejection.reason); declare another version, or retry")
            return
        }
        if let halt = halt(of: desired.attempt) {
            wait(halt.reason, halt.message)
            return
        }
        if context.awaitsRename {
            let former = declaration.application.renamedFrom ?? ""
            wait(.invalid, "renamedFrom \(former), which is still declared, or may be in a file that does not decode")
            return
        }
        if status.candidate?.release.digest != desired.digest {
            if let unmet = context.unmetDependency {
                wait(.dependency, unmet)
                return
            }
            if queue(desired.release.version) { return }
            let side = sideForFirst(desired)
            status.retained = status.retained?.placement.side == side ? nil : status.retained
            status.candidate = place(desired, on: side, declaration)
            status.bringUp = nil
            note("\(desired.release.version) goes to \(side.rawValue)")
        }
        guard var candidate = status.candidate else { return }
        if candidate.release.attempt != desired.attempt { status.bringUp = nil }
        candidate.release = desired
        candidate.strategy = declaration.strategy
        candidate.revision = declaration.revision
        status.candidate = candidate
        let isDark = declaration.serving == nil
        let capacity = isDark ? candidate.strategy.prescale : 100
        if !isDark, isFirstOverdue(candidate) { return }
        if ensureDeployed(candidate, at: capacity, .forward) { return }
        if isDark {
            removeRouteOrRest(candidate, declaration)
            return
        }
        if keepFloors(candidate, at: 100, .forward) { return }
        if walk(to: 100, on: candidate.side, .forward) == .underWay { return }
        candidate.weight = 100
        candidate.state = .current
        candidate.since = now
        status.stable = candidate
        status.candidate = nil
        status.appliedRevision = declaration.revision
        note("\(candidate.release.release.version) serves on \(candidate.side.rawValue)")
    }

    /// What never came up is not waited for without end. Once it has a route it serves, whatever it lacks.
    private mutating func isFirstOverdue(_ candidate: Placement) -> Bool {
        let time = candidate.strategy.progressDeadline
        let clock = status.bringUp ?? StageClock(deadline: now + time)
        status.bringUp = observation.route == nil ? clock : nil
        guard observation.route == nil, clock.isOver(at: now) else { return false }
        status.bringUp = nil
        reject(
            candidate.release, "its first deployment was not ready within \(time): \(cause(candidate, weight: 100))")
        note("\(candidate.release.release.version) failed: \(status.rejected.last?.reason ?? "")")
        return true
    }

    /// Whether the daemon has enough to look after as it is; the rollout that is to begin waits.
    private mutating func queue(_ version: String) -> Bool {
        guard let place = context.queue else { return false }
        isQueued = true
        wait(.queued, "\(version) is to begin: \(place.words)")
        return true
    }

    private func sideForFirst(_ desired: DeclaredRelease) -> Side {
        if let candidate = status.candidate { return candidate.side }
        return Side.allCases.first { observation.sides[$0]?.digest == desired.digest } ?? .flip
    }

    private mutating func removeRouteOrRest(_ candidate: Placement, _ declaration: Declaration) {
        if observation.route != nil {
            propose(.route(nil), "no route", .back)
            return
        }
        if keepDarkFloors(candidate) { return }
        if awaitDark(candidate) { status.appliedRevision = declaration.revision }
        upkeepRetained()
    }

    /// Whether a dark release stands ready; says what is missing where it does not.
    @discardableResult
    private mutating func awaitDark(_ dark: Placement) -> Bool {
        guard let missing = darkShortage(dark) else {
            status.bringUp = nil
            return true
        }
        let time = dark.strategy.progressDeadline
        // One that stood has a moment to be back: a replica that restarts is no news.
        let clock =
            status.bringUp
            ?? StageClock(
                deadline: min(max(dark.since + time, now + Self.shortTolerance), now + max(time, Self.shortTolerance)))
        status.bringUp = clock
        isActive = !clock.isOver(at: now)
        wait(.capacity, isActive ? missing : "\(missing); it was to be up within \(time)")
        return false
    }

    /// Corrects a dark release's floors; what is asked for more has its time anew.
    private mutating func keepDarkFloors(_ dark: Placement) -> Bool {
        guard keepFloors(dark, at: dark.strategy.prescale, .forward) else { return false }
        if status.bringUp == nil { status.bringUp = StageClock(deadline: now + dark.strategy.progressDeadline) }
        return true
    }

    /// What a dark release lacks of the replicas that it is to have; nil where it lacks none.
    func darkShortage(_ dark: Placement) -> String? {
        let prescale = dark.strategy.prescale
        guard let side = observation.sides[dark.side], side.digest == dark.release.digest else {
            return shortage(of: dark, weight: prescale)
        }
        let floors = dark.floors(at: prescale)
        let isReady = side.components.allSatisfy { $0.ready >= floors[$0.name] ?? 1 }
        return isReady ? nil : shortage(of: dark, weight: prescale)
    }

    func place(_ release: DeclaredRelease, on side: Side, _ declaration: Declaration) -> Placement {
        Placement(
            side: side, namespace: declaration.application.sides[side], release: release,
            strategy: declaration.strategy, revision: declaration.revision, weight: 0, state: .inactive, since: now)
    }

    // MARK: Deactivation

    /// Nothing is declared to serve: messages wait in their topics, requests find nobody.
    private mutating func stepDeactivation(_ stable: Placement) {
        if let unknown = declaration?.unknown {
            // Another release may have been active before: what serves is not taken away because nobody can say.
            keep(stable)
            wait(
                .invalid,
                "declared inactive, and what was active before is not known: \(unknown); "
                    + "\(stable.release.release.version) serves on until another release is declared active")
            return
        }
        if observation.route != nil {
            propose(.route(nil), "no route", .back)
            return
        }
        var dark = stable
        dark.weight = 0
        dark.state = .inactive
        dark.since = now
        status.stable = nil
        if let candidate = status.candidate { retain(candidate) }
        status.candidate = dark
        note("\(dark.release.release.version) is inactive on \(dark.side.rawValue); nothing serves")
    }

    // MARK: A new version

    private mutating func stepNewVersion(
        _ stable: Placement, _ declared: DeclaredRelease, _ declaration: Declaration
    ) {
        heedRetry()
        let desired = numbered(declared)
        if observation.route?.route.rejecting == desired.attempt { reject(desired, "rejected before a restart") }
        if let rejection = status.rejected.last(where: { $0.attempt == desired.attempt }) {
            retireDark()
            keep(stable)
            wait(
                .failure,
                "\(desired.release.version) was rejected: \(rejection.reason); declare it anew, or retry, to try again")
            return
        }
        if let retained = status.retained, retained.served, retained.placement.release.digest == desired.digest,
            observation.sides[retained.placement.side]?.digest == desired.digest
        {
            startReturn(to: retained, desired, declaration)
            return
        }
        if let halt = halt(of: desired.attempt) {
            keep(stable)
            wait(halt.reason, "\(desired.release.version) does not begin: \(halt.message)")
            return
        }
        if let unmet = context.unmetDependency {
            keep(stable)
            wait(.dependency, unmet)
            return
        }
        if context.queue != nil {
            keep(stable)
            _ = queue(desired.release.version)
            return
        }
        let side = stable.side.other
        status.retained = nil
        status.candidate = place(desired, on: side, declaration)
        status.peakCapacity = nil
        enterStage(0)
    }

    // MARK: At rest

    private mutating func restAtDeclared(
        _ stable: Placement, _ desired: DeclaredRelease, _ declaration: Declaration
    ) {
        var updated = stable
        // The same release by its digest. Taking the declaration's own copy lets the two share memory.
        updated.release = desired
        updated.strategy = declaration.strategy
        updated.revision = declaration.revision
        updated.weight = 100
        updated.state = .current
        status.stable = updated
        let isKept = keep(updated)
        guard isKept, proposal == nil else { return }
        var isDarkReady = true
        if let dark = declaration.dark, dark.digest != desired.digest {
            keepDark(dark, beside: updated, declaration)
            isDarkReady = status.candidate.map { darkShortage($0) == nil } ?? false
        } else {
            retireDark()
        }
        if proposal == nil, carry(updated) >= 100, isDarkReady { status.appliedRevision = declaration.revision }
    }

    /// Keeps the serving side as declared: its release, its size, all the weight.
    ///
    /// - Returns: whether it stands as it should.
    @discardableResult
    mutating func keep(_ stable: Placement) -> Bool {
        if let halt = halt(of: nil), observation.route?.route.weights[stable.side] == 100,
            observation.sides[stable.side]?.digest == stable.release.digest
        {
            if carry(stable) < 100 { wait(halt.reason, "\(shortage(of: stable, weight: 100)); \(halt.message)") }
            return true
        }
        if ensureDeployed(stable, at: 100, .back) { return false }
        if keepFloors(stable, at: 100, .back) { return false }
        if walk(to: 100, on: stable.side, .back) == .underWay { return false }
        if carry(stable) < 100 {
            isActive = true
            wait(.capacity, shortage(of: stable, weight: 100))
        }
        upkeepRetained()
        return proposal == nil
    }

    /// Corrects floors that differ from what `weight` percent needs.
    ///
    /// - Returns: whether a correction was proposed.
    mutating func keepFloors(_ placement: Placement, at weight: Int, _ direction: Direction) -> Bool {
        guard let side = observation.sides[placement.side] else { return false }
        let wanted = placement.floors(at: weight)
        let differs = side.components.contains { component in
            wanted[component.name].map { $0 != component.floor } ?? false
        }
        guard differs else { return false }
        propose(
            .scale(side: placement.side, floors: wanted),
            "scale \(placement.side.rawValue) \(wanted.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))",
            direction)
        return true
    }

    // MARK: Dark releases and retained sides

    private mutating func keepDark(_ dark: DeclaredRelease, beside stable: Placement, _ declaration: Declaration) {
        let halt = halt(of: nil)
        if status.candidate?.release.digest != dark.digest {
            if let halt {
                wait(halt.reason, "\(dark.release.version) is not brought up: \(halt.message)")
                return
            }
            if let unmet = context.unmetDependency {
                wait(.dependency, unmet)
                return
            }
            if queue(dark.release.version) { return }
            status.retained = nil
            status.candidate = place(dark, on: stable.side.other, declaration)
            status.bringUp = nil
            note("\(dark.release.version) waits dark on \(stable.side.other.rawValue)")
        }
        guard var candidate = status.candidate else { return }
        candidate.release = dark
        candidate.strategy = declaration.strategy
        candidate.revision = declaration.revision
        candidate.state = .inactive
        status.candidate = candidate
        if let halt {
            if let missing = darkShortage(candidate) { wait(halt.reason, "\(missing); \(halt.message)") }
            return
        }
        if ensureDeployed(candidate, at: candidate.strategy.prescale, .forward) { return }
        if keepDarkFloors(candidate) { return }
        awaitDark(candidate)
    }

    /// A dark release that is not declared any more becomes a retained side.
    private mutating func retireDark() {
        guard let candidate = status.candidate else { return }
        retain(candidate)
        status.candidate = nil
    }

    mutating func retain(_ placement: Placement) {
        var old = placement
        old.weight = 0
        old.state = drained(old.side, old)
        status.retained = Retained(placement: old, until: now + old.strategy.retention.time, served: false)
    }

    /// A retained side's time counts from when it lost its weight, also where it had some again against what was decided.
    mutating func prolongRetention() {
        guard let retained = status.retained, weight(of: retained.placement.side) > 0 else { return }
        // And no less than it takes to move the weight away again.
        let until = now + context.configuration.effectDeadline + retained.placement.strategy.retention.time
        status.retained?.until = max(retained.until, until)
    }

    /// Keeps the retained side at its size, and tears it down when its time is over.
    mutating func upkeepRetained() {
        guard proposal == nil, let retained = status.retained else { return }
        let side = retained.placement.side
        guard let observed = observation.sides[side], observed.digest == retained.placement.release.digest else {
            if observation.sides[side] == nil { status.retained = nil }
            return
        }
        wake(at: retained.until)
        guard isDrained(side) else {
            isActive = true
            if let unfinished = unfinished(on: side) { wait(.drain, unfinished) }
            return
        }
        if now >= retained.until {
            propose(.teardown(side: side), "teardown \(side.rawValue)", .forward)
            return
        }
        let wanted = retained.placement.floors(at: retained.placement.strategy.retention.capacity)
        if observed.components.contains(where: { $0.floor > wanted[$0.name] ?? $0.floor }) {
            _ = keepFloors(retained.placement, at: retained.placement.strategy.retention.capacity, .forward)
        }
    }
}
