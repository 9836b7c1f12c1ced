package import Core

/// What an application was asked and what became of it.
struct LoadAccount: Sendable, Codable {
    struct Bucket: Sendable, Codable {
        var start: Instant
        var requests = PerSide<Double>(flip: 0, flop: 0)
        var failed = PerSide<Double>(flip: 0, flop: 0)
    }

    var requests = PerSide<Double>(flip: 0, flop: 0)
    var failed = PerSide<Double>(flip: 0, flop: 0)
    /// Requests that came while there was no route any more. Before the first one nobody knows the application.
    var unrouted = 0.0
    var wasRouted = false
    var killedInFlight = 0
    /// Largest number of replicas at once, over both sides.
    var peakReplicas = 0
    /// Replicas of the largest deployment of one side.
    var fullReplicas = 0
    /// Requests a second that the largest deployment carries; 0 where nothing answers requests, and none come.
    var fullCapacity = 0
    var wasServing = PerSide<Bool>(flip: false, flop: false)
    var buckets: [Bucket] = []

    mutating func see(_ side: SideState?) {
        guard let side else { return }
        if let counted = side.components.first(where: { $0.kind == .service }) {
            fullCapacity = max(fullCapacity, counted.floor * counted.run.capacity)
        }
        fullReplicas = max(fullReplicas, side.components.reduce(0) { $0 + $1.floor })
    }
}

/// What an application's requests met, over a window or in total. A message that its consumers took counts as one,
/// each time that it is delivered.
package struct RequestMetrics: Hashable, Sendable, Codable {
    package var requests: Double
    package var failed: Double
    /// Milliseconds, 99th percentile (of an exponential: mean × ln 100).
    package var p99Milliseconds: Double
}

extension World {
    static var bucketLength: Span { .seconds(10) }

    /// Counts the requests since the last time that anything changed. Rates are constant in between.
    mutating func accrue(_ application: Int) {
        var state = states[application]
        defer { states[application] = state }
        let from = state.accruedUntil
        state.accruedUntil = now
        state.load.peakReplicas = max(state.load.peakReplicas, state.replicas)
        guard now > from else { return }
        if !state.inboxes.isEmpty { consume(&state, since: from) }
        guard state.load.fullCapacity > 0 else { return }
        let seconds = Double((now - from).milliseconds) / 1000
        let curve = configuration.load[state.name]
        let rate = (curve?.rate(at: from) ?? Double(state.load.fullCapacity) * 0.6) * Double(state.surgePercent) / 100
        guard state.route != nil || state.formerRoute != nil else {
            if state.load.wasRouted { state.load.unrouted += rate * seconds }
            return
        }
        for side in Side.allCases {
            let share = state.share(side)
            guard share > 0 else { continue }
            let requests = rate * seconds * share
            count(requests, requests * state.failing(side, rate: rate * share, now), side, from, &state.load)
        }
    }

    /// Counts what a side was given since `from`, requests and messages alike.
    func count(_ requests: Double, _ failed: Double, _ side: Side, _ from: Instant, _ load: inout LoadAccount) {
        guard requests > 0 else { return }
        load.requests[side] += requests
        load.failed[side] += failed
        let total = Double((now - from).milliseconds)
        let length = Self.bucketLength.milliseconds
        var start = max(from.milliseconds, now.milliseconds - 60 * length)
        while start < now.milliseconds {
            let bucket = Instant(milliseconds: start - start % length)
            let end = min(now.milliseconds, bucket.milliseconds + length)
            let part = Double(end - start) / total
            if load.buckets.last.map({ $0.start < bucket }) ?? true {
                load.buckets.append(LoadAccount.Bucket(start: bucket))
                if load.buckets.count > 60 { load.buckets.removeFirst(load.buckets.count - 60) }
            }
            if let index = load.buckets.lastIndex(where: { $0.start == bucket }) {
                load.buckets[index].requests[side] += requests * part
                load.buckets[index].failed[side] += failed * part
            }
            start = end
        }
    }

    /// What the requests of the last `window` met on a side; at most ten minutes are kept. Of a bucket that began
    /// before the window only the share within it counts, so that a short window holds few requests.
    package mutating func metrics(of name: ApplicationName, on side: Side, window: Span) -> RequestMetrics {
        guard let application = index[name] else { return RequestMetrics(requests: 0, failed: 0, p99Milliseconds: 0) }
        accrue(application)
        let state = states[application]
        var result = RequestMetrics(requests: 0, failed: 0, p99Milliseconds: state.latency(side, loadRate(state), now))
        let begin = now - window
        for bucket in state.load.buckets where bucket.start + Self.bucketLength > begin {
            let end = min(now, bucket.start + Self.bucketLength)
            guard end > bucket.start else { continue }
            let part = Double((end - max(begin, bucket.start)).milliseconds) / Double((end - bucket.start).milliseconds)
            result.requests += bucket.requests[side] * part
            result.failed += bucket.failed[side] * part
        }
        return result
    }

    /// All requests of an application since its first route; those that came when it had none any more failed.
    package mutating func totals(of name: ApplicationName) -> RequestMetrics {
        guard let application = index[name] else { return RequestMetrics(requests: 0, failed: 0, p99Milliseconds: 0) }
        accrue(application)
        let load = states[application].load
        return RequestMetrics(
            requests: load.requests.flip + load.requests.flop + load.unrouted,
            failed: load.failed.flip + load.failed.flop + load.unrouted, p99Milliseconds: 0)
    }

    /// What one side was given since the application's first deployment; the latency is that of now.
    package mutating func totals(of name: ApplicationName, on side: Side) -> RequestMetrics {
        var metrics = metrics(of: name, on: side, window: .zero)
        guard let application = index[name] else { return metrics }
        metrics.requests = states[application].load.requests[side]
        metrics.failed = states[application].load.failed[side]
        return metrics
    }

    /// Most replicas that existed at once, in percent of the largest deployment of one side.
    package func peakCapacity(of name: ApplicationName) -> Int {
        guard let application = index[name], states[application].load.fullReplicas > 0 else { return 0 }
        let load = states[application].load
        return 100 * max(load.peakReplicas, states[application].replicas) / load.fullReplicas
    }

    /// Requests a second that come in now.
    func loadRate(_ state: ApplicationWorld) -> Double {
        (configuration.load[state.name]?.rate(at: now) ?? Double(state.load.fullCapacity) * 0.6)
            * Double(state.surgePercent) / 100
    }
}

extension ApplicationWorld {
    var replicas: Int {
        Side.allCases.reduce(0) { $0 + (sides[$1]?.components.reduce(0) { $0 + $1.existing } ?? 0) }
    }

    /// Share of traffic on a side; while readers disagree, half of them follow the route before.
    func share(_ side: Side) -> Double {
        let current = Double(route?.weights[side] ?? 0) / 100
        guard settledAt != nil else { return current }
        guard let formerRoute else { return current }
        return (current + Double(formerRoute.weights[side]) / 100) / 2
    }

    /// The fraction of requests that fail on a side. A request passes through every service of it.
    func failing(_ side: Side, rate: Double, _ now: Instant) -> Double {
        guard let state = sides[side], state.components.contains(where: { $0.kind == .service }) else { return 1 }
        var succeeding = 1.0
        for component in state.components where component.kind == .service {
            let ready = state.unreadyUntil == nil ? component.ready : 0
            guard ready > 0 else { return 1 }
            let utilisation = rate / (Double(ready) * Double(max(1, component.run.capacity)))
            if utilisation > 1 { succeeding /= utilisation }
            succeeding *= 1 - component.errorRate(now, utilisation: utilisation)
        }
        return 1 - succeeding
    }

    /// 99th percentile in milliseconds, from the mean of an M/M/1 queue: latency / (1 − utilisation).
    func latency(_ side: Side, _ rate: Double, _ now: Instant) -> Double {
        guard let state = sides[side] else { return 0 }
        var total = 0.0
        for component in state.components where component.kind == .service {
            let capacity = Double(max(1, component.ready) * max(1, component.run.capacity))
            let utilisation = min(0.98, rate * share(side) / capacity)
            total += Double(component.run.latency.milliseconds) * component.slowness(now) / (1 - utilisation)
        }
        return total * 4.605
    }
}

extension ComponentState {
    /// Fraction of requests that this version's own errors fail, over its ready replicas, which are given so much of
    /// their capacity.
    func errorRate(_ now: Instant, utilisation: Double) -> Double {
        var rate = historicalRate
        for fault in run.faults {
            switch fault {
            case .errors(let perMille, let after): rate += Double(perMille) / 1000 * affected(after, now)
            case .overload(let perMille, let above):
                if utilisation * 100 > Double(above) { rate += Double(perMille) / 1000 }
            case .crashOnStart, .slow, .leak, .historical: break
            }
        }
        return min(1, rate)
    }

    /// Share of historical requests that this version answers wrongly.
    var historicalRate: Double {
        run.faults.reduce(0) { sum, fault in
            if case .historical(let perMille) = fault { sum + Double(perMille) / 1000 } else { sum }
        }
    }

    func slowness(_ now: Instant) -> Double {
        var factor = 1.0
        for fault in run.faults {
            guard case .slow(let percent, let after) = fault else { continue }
            factor += (Double(percent) / 100 - 1) * affected(after, now)
        }
        return max(0.01, factor)
    }

    /// The fraction of ready replicas that have been ready for `after`.
    private func affected(_ after: Span, _ now: Instant) -> Double {
        var count = 0
        var ready = 0
        for replica in replicas {
            guard case .ready(let since) = replica.state else { continue }
            ready += 1
            if since + after <= now { count += 1 }
        }
        return ready == 0 ? 0 : Double(count) / Double(ready)
    }
}
