extension Engine {
    /// What takes longer than this is told on the status branch.
    private static var slowAfter: Span { .seconds(45) }

    /// Notes a change of the recorded status, if it is one that is worth a commit.
    mutating func record(
        _ state: inout ApplicationState, _ before: Status, summary: String?, seen: Observation? = nil, at now: Instant
    ) {
        let isProgress = state.status.progress != before.progress
        if isProgress || state.status.waiting.map({ !$0.reason.isMomentary }) ?? false { state.momentSince = nil }
        if state.status.waiting?.reason.isMomentary == true { state.momentSince = state.momentSince ?? now }
        let awaits = state.status.waiting?.reason
        let isMoment = awaits?.isMomentary == true && awaits != .evaluation
        state.isSlow = isMoment && (state.momentSince.map { now - $0 >= Self.slowAfter } ?? false)
        let news = state.status.news(isSlow: state.isSlow)
        let isNews = news != state.told && !news.onlyStopsWaiting(state.told)
        // At rest nothing follows by which a reader would see that a wait is over.
        let isOver = state.isWaitTold && !state.isBusy && state.status.waiting == nil
        guard isProgress || summary != nil || isNews || isOver else { return }
        if let seen { state.status.live = LiveNumbers(seen) }
        state.told = news
        state.isWaitTold = toPush(state, now).waiting != nil
        state.generation += 1
        if isProgress { state.required = state.generation }
        state.summary = summary ?? toPush(state, now).headline
        pendingPush.insert(state.status.application)
    }

    mutating func pushed(_ generations: [ApplicationName: Int], _ outcome: PushOutcome, _ now: Instant) {
        switch outcome {
        case .accepted:
            pushFailure = nil
            pushFailures = 0
            for (name, generation) in generations.sorted(by: { $0.key < $1.key }) {
                guard let state = states[name] else { continue }
                states[name]?.pushed = max(state.pushed, generation)
                if state.generation == generation {
                    states[name]?.summary = nil
                    // It is told; an application at rest has no room for what nothing builds on.
                    if state.status.stage == nil, state.status.rollback == nil { states[name]?.status.live = nil }
                }
                if state.status.removal?.doneAt != nil, state.generation == generation {
                    // What is under way for it is answered first: the name may be declared again.
                    if state.pass == .idle { forget(name) }
                } else if state.status.waiting?.reason == .status {
                    wake(name, now)
                }
            }
        case .superseded(let epoch):
            standBy(epoch)
        case .failed(let failure):
            pushFailure = failure
            pushFailures += 1
            pendingPush.formUnion(generations.keys)
            pushDue = now + pause(pushFailures, after: failure, atLeast: configuration.backoffBase)
        }
    }

    mutating func forget(_ name: ApplicationName) {
        if let state = states[name] {
            link(name, from: state.declaration?.application.dependsOn ?? [], to: [])
        }
        states[name] = nil
        restoring[name] = nil
        if successors.values.contains(name) { successors = successors.filter { $0.value != name } }
        absent.remove(name)
        awaitingRename.remove(name)
        schedule.remove(name)
        queue.forget(name)
        pendingPush.remove(name)
    }

    /// What the branch is to say: whoever can read that a push was waited for knows that it came, and that the clocks
    /// which it stopped run.
    private func toPush(_ state: ApplicationState, _ now: Instant) -> Status {
        var status = state.status
        if status.waiting?.reason == .status, areRequestsKnown {
            status.waiting = nil
            status.stage?.clock.stop(false, at: now)
            status.bringUp?.stop(false, at: now)
        }
        return status
    }

    /// Everything that is unsaid goes into one commit; what comes while it is under way waits for the next.
    mutating func push(_ now: Instant, _ commands: inout [Command]) {
        var updates: [StatusUpdate] = []
        var generations: [ApplicationName: Int] = [:]
        for name in pendingPush.sorted() {
            guard let state = states[name] else { continue }
            let status = toPush(state, now)
            updates.append(StatusUpdate(status: status, summary: state.summary ?? status.headline))
            generations[name] = state.generation
        }
        pendingPush = []
        guard !updates.isEmpty else { return }
        let id = begin(.push(generations), now)
        pushEffect = id
        commands.append(.push(id, updates))
    }
}
