import Core

extension World {
    /// Lets happen what is due in an application now.
    mutating func settle(_ application: Int) {
        var state = states[application]
        if let at = state.settledAt, at <= now {
            state.settledAt = nil
            state.formerRoute = nil
            for side in Side.allCases where (state.route?.weights[side] ?? 0) == 0 {
                if let drain = state.sides[side]?.longestDrain, state.load.wasServing[side] {
                    state.sides[side]?.drainedAt = now + drain
                }
                state.load.wasServing[side] = false
            }
        }
        if let until = state.frozenUntil, until <= now { state.frozenUntil = nil }
        if let until = state.surgeUntil, until <= now {
            state.surgeUntil = nil
            state.surgePercent = 100
        }
        states[application] = state
        for side in Side.allCases where states[application].sides[side] != nil { settle(application, side) }
        placeAgain(application)
        settleConsumers(application)
        if let at = states[application].scaleAt, at <= now { autoscale(application) }
        reschedule(application)
    }

    /// Nodes are there again: what waited for them finds a place.
    private mutating func placeAgain(_ application: Int) {
        for side in Side.allCases {
            guard let state = states[application].sides[side], let until = exhaustedUntil[state.namespace],
                until <= now,
                state.components.contains(where: \.isPending)
            else { continue }
            place(application, side)
        }
    }

    private mutating func settle(_ application: Int, _ side: Side) {
        guard var state = states[application].sides[side] else { return }
        if let until = state.unreadyUntil, until <= now { state.unreadyUntil = nil }
        if let until = state.neverReadyUntil, until <= now { state.neverReadyUntil = nil }
        if let until = state.lieUntil, until <= now { state.lieUntil = nil }
        for position in state.components.indices {
            settleReplicas(&state, position, of: application)
        }
        states[application].sides[side] = state
    }

    private mutating func settleReplicas(_ side: inout SideState, _ position: Int, of application: Int) {
        let run = side.components[position].run
        let crashesOnStart = side.components[position].crashesOnStart()
        let leak = side.components[position].leakTime
        for index in side.components[position].replicas.indices {
            var replica = side.components[position].replicas[index]
            switch replica.state {
            case .pending:
                break
            case .starting(let at) where at <= now:
                if let until = side.neverReadyUntil {
                    replica.state = .starting(until)
                } else if crashesOnStart {
                    replica.state = .crashed(until: now + replica.backoff)
                    replica.crashes += 1
                } else {
                    replica.state = .ready(since: now)
                }
            case .crashed(let until) where until <= now:
                replica.state = .starting(now + startTime(run, of: application))
            case .ready(let since):
                if let leak, since + leak <= now {
                    replica.state = .crashed(until: now + replica.backoff)
                    replica.crashes += 1
                }
            default:
                break
            }
            side.components[position].replicas[index] = replica
        }
        let isLooping = side.components[position].replicas.contains { $0.crashes > 0 && !$0.isReady }
        if isLooping {
            side.components[position].trouble = "CrashLoopBackOff"
        } else if side.components[position].trouble == "CrashLoopBackOff" {
            side.components[position].trouble = nil
        }
    }

    /// Between 75 % and 175 % of the median, most of it near the median.
    private mutating func startTime(_ run: SimulatedRun, of application: Int) -> Span {
        let first = states[application].generator.next() % 51
        let spread = Int64(first) + Int64(states[application].generator.next() % 51)
        return Span(milliseconds: max(1, run.startTime.milliseconds * (75 + spread) / 100))
    }

    /// Creates and removes replicas until a component has as many as it should.
    mutating func fit(_ application: Int, _ side: Side) {
        guard var state = states[application].sides[side] else { return }
        for position in state.components.indices {
            let target = state.components[position].target
            while state.components[position].replicas.count > target {
                let victim = leastUseful(state.components[position])
                let gone = state.components[position].replicas.remove(at: victim)
                if state.components[position].kind == .consumer {
                    let worker = state.components[position].workers.remove(at: victim)
                    let until = redelivery(state.components[position])
                    states[application].lose(worker, of: state.components[position], until: until)
                }
                if gone.exists { replicasIn[state.namespace, default: 0] -= 1 }
            }
            while state.components[position].replicas.count < target {
                state.components[position].replicas.append(Replica(state: .pending))
                if state.components[position].kind == .consumer { state.components[position].workers.append(Worker()) }
            }
        }
        states[application].sides[side] = state
        place(application, side)
        reschedule(application)
    }

    private func leastUseful(_ component: ComponentState) -> Int {
        func rank(_ index: Int) -> Int {
            switch component.replicas[index].state {
            case .pending: 0
            case .crashed: 1
            case .starting: 2
            case .ready:
                component.kind == .consumer && (component.workers[index].isActive || component.workers[index].isTold)
                    ? 4 : 3
            }
        }
        return component.replicas.indices.min { (rank($0), -$0) < (rank($1), -$1) } ?? 0
    }

    /// Starts pending replicas as far as quota and nodes go.
    mutating func place(_ application: Int, _ side: Side) {
        guard var state = states[application].sides[side] else { return }
        let namespace = state.namespace
        for position in state.components.indices {
            var trouble: String?
            for index in state.components[position].replicas.indices
            where state.components[position].replicas[index].state == .pending {
                let count = replicasIn[namespace, default: 0]
                if let quota = configuration.quota[namespace], count >= quota {
                    trouble = "QuotaExceeded"
                    break
                }
                if let until = exhaustedUntil[namespace], until > now {
                    trouble = "Unschedulable"
                    break
                }
                replicasIn[namespace] = count + 1
                var ready = now + startTime(state.components[position].run, of: application)
                if let warm = configuration.warmReplicas[namespace], count >= warm {
                    let node = (count - warm) / max(1, configuration.replicasPerNode) + 1
                    ready += configuration.nodeProvisioning * Int64(min(node, 4))
                }
                state.components[position].replicas[index].state = .starting(ready)
            }
            if state.components[position].trouble != "CrashLoopBackOff" { state.components[position].trouble = trouble }
        }
        states[application].sides[side] = state
    }

    /// Room was made somewhere: whoever waits for it may have it.
    mutating func placeAll(in namespace: String) {
        for application in states.indices {
            for side in Side.allCases where states[application].sides[side]?.namespace == namespace {
                place(application, side)
            }
            reschedule(application)
        }
    }
}
