package import Core

extension World {
    /// Lets happen what is due among the consumers of an application.
    mutating func settleConsumers(_ application: Int) {
        guard !states[application].inboxes.isEmpty else { return }
        var state = states[application]
        for key in state.inboxes.keys.sorted() { state.inboxes[key]?.redeliver(now) }
        for side in Side.allCases {
            guard var standing = state.sides[side] else { continue }
            standing.sidecars.settle(now)
            for position in standing.components.indices where standing.components[position].kind == .consumer {
                var component = standing.components[position]
                forgetDead(&component, &state)
                component.assign(state.route?.actives[component.name]?[side] ?? 0)
                for index in component.workers.indices where component.replicas[index].isReady {
                    poll(&component, index, standing.sidecars, side, &state)
                }
                standing.components[position] = component
            }
            state.sides[side] = standing
        }
        states[application] = state
    }

    /// A process that ended has lost its state, and left its messages unacknowledged.
    private func forgetDead(_ component: inout ComponentState, _ state: inout ApplicationWorld) {
        for index in component.workers.indices where !component.replicas[index].isReady {
            guard component.workers[index] != Worker() else { continue }
            state.lose(component.workers[index], of: component, until: redelivery(component))
            component.workers[index] = Worker()
        }
    }

    /// When the broker gives out again what a worker of a component held that dies now.
    func redelivery(_ component: ComponentState) -> Instant {
        now + (component.topic.flatMap { configuration.topics[$0] }?.ackTimeout ?? .seconds(30))
    }

    private func poll(
        _ component: inout ComponentState, _ index: Int, _ sidecars: SidecarTrouble, _ side: Side,
        _ state: inout ApplicationWorld
    ) {
        var worker = component.workers[index]
        if let at = worker.pollsAt, at <= now {
            worker.pollsAt = nil
            if let until = sidecars.silentUntil(index) {
                worker.pollsAt = until + .milliseconds(1)
            } else if state.generator.next() % 20 != 0 {
                if let until = sidecars.unreportedUntil {
                    if worker.heardOrder == worker.toldOrder { worker.pollsAt = until + .milliseconds(1) }
                } else {
                    worker.saidActive = worker.isActive
                    worker.saidHeld = worker.held
                    worker.saidOrder = worker.heardOrder
                }
                if sidecars.staleUntil == nil {
                    worker.heardOrder = worker.toldOrder
                    follow(&worker, component, sidecars)
                }
            }
        }
        if let at = worker.finishesAt, at <= now {
            worker.finishesAt = nil
            if let key = component.inbox { state.inboxes[key]?.processed += worker.held }
            worker.held = 0
        }
        let isIgnoring = worker.isActive && !worker.isTold && worker.heardOrder == worker.toldOrder
        if worker.pollsAt == nil, !worker.isInSync || isIgnoring {
            let interval = UInt64(max(1, configuration.workerPoll.milliseconds))
            worker.pollsAt =
                now + configuration.signalDelay + .milliseconds(Int64(state.generator.next() % interval) + 1)
        }
        component.workers[index] = worker
    }

    private func follow(_ worker: inout Worker, _ component: ComponentState, _ sidecars: SidecarTrouble) {
        guard worker.isTold != worker.isActive else { return }
        if worker.isTold {
            worker.isActive = true
            worker.finishesAt = nil
        } else if sidecars.ignoresUntil == nil {
            worker.isActive = false
            let factor = sidecars.slowUntil == nil ? 1 : SidecarTrouble.slowness
            if worker.held > 0 { worker.finishesAt = now + component.run.drainTime * factor }
        }
    }

    // MARK: Messages

    /// Publishes and consumes for the time since `from`.
    func consume(_ state: inout ApplicationWorld, since from: Instant) {
        let seconds = Double((now - from).milliseconds) / 1000
        for key in state.inboxes.keys.sorted() {
            guard var inbox = state.inboxes[key] else { continue }
            inbox.publish(publishing(inbox, state, from) * seconds)
            for side in Side.allCases {
                guard let position = state.sides[side]?.components.firstIndex(where: { $0.inbox == key }),
                    var component = state.sides[side]?.components[position]
                else { continue }
                let active = component.fill(&inbox, side)
                guard active > 0 else { continue }
                let done = inbox.work(
                    Double(active * component.run.capacity) * seconds,
                    failing: component.errorRate(now, utilisation: 0), on: side)
                count(Double(done.taken), Double(done.failed), side, from, &state.load)
                if seconds >= 1 { component.turnOver() }
                state.sides[side]?.components[position] = component
            }
            state.inboxes[key] = inbox
        }
    }

    /// Messages a second that are published for a subscription.
    private func publishing(_ inbox: Inbox, _ state: ApplicationWorld, _ at: Instant) -> Double {
        let curve = inbox.topic.flatMap { configuration.publishing[$0] }
        return (curve?.rate(at: at) ?? Double(inbox.capacity) * 0.6) * Double(state.surgePercent) / 100
    }

    /// What waits for a component, as the broker says it.
    func backlog(_ component: ComponentState, _ state: ApplicationWorld) -> Backlog? {
        guard let key = component.inbox, let inbox = state.inboxes[key] else { return nil }
        let each = Double(max(1, component.run.capacity))
        let needed = (publishing(inbox, state, now) / each).rounded(.up)
        let partitions = configuration.countsPartitions ? component.partitions : nil
        return Backlog(messages: inbox.backlog, needed: Int(needed), partitions: partitions)
    }

    /// A subscription of each consumer that was deployed, made where there is none.
    mutating func subscribe(_ application: Int, _ side: Side) {
        guard let components = states[application].sides[side]?.components else { return }
        for component in components {
            guard let key = component.inbox else { continue }
            let topic = component.topic
            var inbox =
                states[application].inboxes[key]
                ?? Inbox(topic: topic, maxDeliveries: topic.flatMap { configuration.topics[$0] }?.maxDeliveries ?? 5)
            inbox.capacity = max(inbox.capacity, component.floor * component.run.capacity)
            states[application].inboxes[key] = inbox
        }
    }

    // MARK: The truth, for those who check

    /// Where the messages of an application's subscriptions are.
    package func messages(of name: ApplicationName) -> [MessageCounts] {
        guard let state = index[name].map({ states[$0] }) else { return [] }
        return state.inboxes.sorted { $0.key < $1.key }.map { key, inbox in
            let held = Side.allCases.reduce(0) { sum, side in
                sum
                    + (state.sides[side]?.components ?? []).reduce(0) { sum, component in
                        component.inbox == key ? component.workers.reduce(sum) { $0 + $1.held } : sum
                    }
            }
            return MessageCounts(
                published: inbox.published, waiting: inbox.backlog, held: held,
                unacknowledged: inbox.unacknowledged.reduce(0) { $0 + $1.count }, processed: inbox.processed,
                dead: inbox.dead)
        }
    }

    /// What the workers of a component on a side really do; of all its consumers where none is named.
    package func consumers(_ component: String? = nil, of name: ApplicationName, on side: Side) -> ConsumerTruth {
        var truth = ConsumerTruth()
        guard let state = index[name].map({ states[$0] }), let standing = state.sides[side] else { return truth }
        for found in standing.components where found.kind == .consumer && (component ?? found.name) == found.name {
            for worker in found.workers {
                truth.active += worker.isActive ? 1 : 0
                truth.held += worker.held
            }
            truth.taken += found.inbox.flatMap { state.inboxes[$0] }?.taken[side] ?? 0
        }
        return truth
    }

    /// Replicas of each consumer that the route asks to take messages, by side.
    package func actives(of name: ApplicationName) -> [String: PerSide<Int>] {
        index[name].flatMap { states[$0].route?.actives } ?? [:]
    }
}

extension ApplicationWorld {
    /// A worker ended with messages that nobody acknowledged.
    mutating func lose(_ worker: Worker, of component: ComponentState, until: Instant) {
        if let key = component.inbox { inboxes[key]?.lose(worker, until: until) }
    }
}

extension ComponentState {
    /// Tells as many workers as are asked for to take messages: first those that have not
    /// said yet that they stopped.
    mutating func assign(_ asked: Int) {
        let alive = workers.indices.filter { replicas[$0].isReady }
        var told = alive.reduce(0) { $0 + (workers[$1].isTold ? 1 : 0) }
        guard told != asked else { return }
        for index in alive.reversed() where told > asked && workers[index].isTold {
            workers[index].tell(false)
            told -= 1
        }
        guard told < asked else { return }
        func lingers(_ worker: Worker) -> Bool { !worker.isTold && (worker.saidActive || worker.isUnheard) }
        for index in alive where told < asked && lingers(workers[index]) {
            workers[index].tell(true)
            told += 1
        }
        for index in alive where told < asked && !workers[index].isTold {
            workers[index].tell(true)
            told += 1
        }
    }

    /// Active workers take what they have room for.
    ///
    /// - Returns: how many are active.
    mutating func fill(_ inbox: inout Inbox, _ side: Side) -> Int {
        var active = 0
        for index in workers.indices where workers[index].isActive {
            active += 1
            guard workers[index].held < Worker.batch else { continue }
            if workers[index].held == 0 { workers[index].deliveries = 0 }
            for part in inbox.take(Worker.batch - workers[index].held, side) {
                workers[index].held += part.count
                workers[index].deliveries = max(workers[index].deliveries, part.deliveries + 1)
            }
        }
        return active
    }

    /// What active workers held is done, and they hold as much of what came after.
    mutating func turnOver() {
        for index in workers.indices where workers[index].isActive {
            workers[index].deliveries = min(1, workers[index].held)
        }
    }
}
