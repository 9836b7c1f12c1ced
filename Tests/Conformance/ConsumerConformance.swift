package import Core
package import Reconciler
package import Signal
import Testing

/// Speaks as an adapter's workers do, and does to them what befalls workers.
package protocol PlayedWorkers: Sendable {
    /// Names of the instances that run.
    func instances() async throws -> [String]
    /// What instances are told, as far as anything was said to them.
    func told() async throws -> [ElevationState]
    /// Lets an instance say what it does.
    func say(_ report: WorkerReport, as instance: String) async throws
    /// Ends an instance's process, and returns when the platform and the agent have noticed.
    func end(_ instance: String) async throws
}

/// What every platform promises of consumers, with the agents that tell them.
package enum ConsumerConformance {
    /// - Parameters:
    ///   - platform: knows nothing of the application `consumers`.
    ///   - release: has one component, the consumer `worker`.
    ///   - workers: play its instances.
    /// - Throws: where the platform or the workers do; a promise that is not kept is recorded.
    package static func check(_ platform: any Platform, _ release: Release, _ workers: any PlayedWorkers) async throws {
        let name = "consumers"
        var sequence = 0
        func perform(_ action: Action) async throws {
            sequence += 1
            _ = try await platform.perform(action, key: PlatformConformance.key(name, sequence))
        }
        func route(_ count: Int) async throws {
            let actives = ["worker": Core.PerSide<Int>(flip: count, flop: 0)]
            try await perform(.route(Route(weights: Weights(100, on: .flip), actives: actives)))
        }
        func worker() async throws -> ComponentObservation? {
            try await platform.observe(name).sides.flip?.components.first
        }
        func active() async throws -> [ElevationState] { try await workers.told().filter(\.isActive) }

        try await perform(
            .deploy(
                side: .flip, namespace: "flip", release: release, digest: release.digest, floors: ["worker": 3]))
        let all = try await workers.instances()
        #expect(all.count == 3)
        #expect(try await active() == [], "what is deployed is dark")
        for instance in all { try await workers.say(WorkerReport(.paused), as: instance) }
        let dark = try await worker()
        #expect(dark?.replicas == 3 && dark?.active == 0 && dark?.inFlight == 0)

        try await route(2)
        let chosen = try await active()
        #expect(chosen.count == 2, "so many as were asked for are told")
        #expect(try await worker()?.active == 0, "what is told is not what is done")
        for state in chosen {
            try await workers.say(WorkerReport(.consuming, inFlight: 1, follows: state.order), as: state.instance)
        }
        let busy = try await worker()
        #expect(busy?.active == 2 && busy?.inFlight == 2, "active are those that said so, with what they hold")

        try await route(1)
        let kept = try #require(try await active().first)
        let stopped = try #require(
            try await workers.told().first { state in
                !state.isActive && chosen.contains { $0.instance == state.instance }
            })
        #expect(chosen.map(\.instance).contains(kept.instance), "who is active stays so")
        #expect(try await worker()?.active == 2, "one that was told to stop takes messages until it says otherwise")
        try await workers.say(WorkerReport(.draining, inFlight: 3, follows: stopped.order), as: stopped.instance)
        let draining = try await worker()
        #expect(draining?.active == 1 && draining?.inFlight == 4, "one that drains is not active, and holds messages")
        try await workers.say(WorkerReport(.paused, follows: stopped.order), as: stopped.instance)
        let drained = try await worker()
        #expect(drained?.active == 1 && drained?.inFlight == 1)

        try await workers.end(kept.instance)
        let gone = try await worker()
        #expect(gone?.active == 0 && gone?.inFlight == 0, "one that is gone takes and holds nothing")
        let heir = try await active()
        #expect(heir.count == 1 && heir.first?.instance != kept.instance, "another takes its place")

        try await workers.say(WorkerReport(.consuming, inFlight: 2, follows: heir.first?.order), as: heir[0].instance)
        try await route(0)
        #expect(try await active() == [], "none is left that is told to take messages")
        #expect(try await worker()?.inFlight == 2, "until it says so it is not drained")
        try await workers.end(heir[0].instance)
        let last = try await worker()
        #expect(last?.active == 0 && last?.inFlight == 0, "drained means that it said so, or is gone")
    }
}
