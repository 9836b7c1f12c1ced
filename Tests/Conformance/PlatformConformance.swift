package import Core
package import Reconciler
import Testing

/// What every platform promises, as functions that any adapter's tests can call. Each takes a platform that knows
/// nothing of the application that it names.
package enum PlatformConformance {
    /// Two releases of an application that an adapter can run.
    package struct Releases {
        package let release: Release
        package let next: Release

        /// - Parameter run: what their component runs.
        package init(_ run: Run) {
            let components = [Component(name: "api", kind: .service, run: run)]
            release = Release(version: "4.2.0", components: components)
            next = Release(version: "4.3.0", components: components)
        }
    }

    package static let simulated = Releases(.simulated(SimulatedRun()))
    package static let release = simulated.release
    package static let next = simulated.next

    package static func deploy(_ release: Release, _ side: Side, floor: Int = 2) -> Action {
        .deploy(
            side: side, namespace: side.rawValue, release: release, digest: release.digest, floors: ["api": floor])
    }

    package static func key(_ application: ApplicationName, _ sequence: Int, epoch: Int = 1) -> ActionKey {
        ActionKey(
            application: application, digest: nil, stage: 0, purpose: "test", attempt: 0, epoch: epoch,
            sequence: sequence)
    }

    /// All promises; what is not kept is recorded with its name.
    package static func check(_ platform: any Platform, _ own: Releases = simulated) async throws {
        try await unknownIsEmpty(platform)
        try await receiptsOrderObservations(platform, own)
        try await deployIsIdempotent(platform, own)
        try await deployReplaces(platform, own)
        try await scaleTouchesOneSide(platform, own)
        try await scaleOfNothingIsRefused(platform)
        try await routeIsSetAndRemoved(platform, own)
        try await teardownIsIdempotent(platform, own)
        try await lowerEpochsAreRefused(platform, own)
        try await olderActionsAreRefused(platform, own)
        try await adoptMovesEverything(platform, own)
        try await nonsenseIsRefused(platform, own)
    }

    package static func unknownIsEmpty(_ platform: any Platform) async throws {
        let seen = try await platform.observe("never-heard-of")
        #expect(seen.route == nil && seen.sides == PerSide(flip: nil, flop: nil), "an unknown application is empty")
    }

    package static func receiptsOrderObservations(_ platform: any Platform, _ own: Releases) async throws {
        let name = "receipts"
        let receipt = try await platform.perform(deploy(own.release, .flip), key: key(name, 1))
        let seen = try await platform.observe(name)
        #expect(seen.readAt >= receipt.at, "an observation after a receipt is not older than it")
        #expect(seen.sides.flip?.digest == own.release.digest, "an observation after a receipt shows the action")
        #expect(seen.sides.flip?.epoch == 1, "a deployment is stamped with its epoch")
        #expect(seen.sides.flop == nil)
    }

    package static func deployIsIdempotent(_ platform: any Platform, _ own: Releases) async throws {
        let name = "deploy-twice"
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 1))
        let once = try await platform.observe(name)
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 1))
        let twice = try await platform.observe(name)
        let floors = [once, twice].map { $0.sides.flip?.components.map(\.floor) }
        let replicas = [once, twice].map { $0.sides.flip?.components.map(\.replicas) }
        #expect(floors[0] == [2] && floors[1] == [2], "deploying twice leaves floors as they were")
        #expect(replicas[0] == replicas[1], "deploying twice adds no replicas")
    }

    package static func deployReplaces(_ platform: any Platform, _ own: Releases) async throws {
        let name = "deploy-replaces"
        _ = try await platform.perform(deploy(own.release, .flop), key: key(name, 1))
        _ = try await platform.perform(deploy(own.next, .flop, floor: 3), key: key(name, 2))
        let side = try await platform.observe(name).sides.flop
        #expect(side?.digest == own.next.digest && side?.version == "4.3.0", "a deployment replaces what stood there")
        #expect(side?.components.map(\.floor) == [3])
    }

    package static func scaleTouchesOneSide(_ platform: any Platform, _ own: Releases) async throws {
        let name = "scale"
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 1))
        _ = try await platform.perform(deploy(own.next, .flop), key: key(name, 2))
        for _ in 1...2 { _ = try await platform.perform(.scale(side: .flop, floors: ["api": 5]), key: key(name, 3)) }
        let seen = try await platform.observe(name)
        #expect(seen.sides.flip?.components.map(\.floor) == [2], "scaling leaves the other side alone")
        #expect(seen.sides.flop?.components.map(\.floor) == [5], "scaling sets the floor")
        #expect(seen.sides.flop?.digest == own.next.digest, "scaling keeps the stamp")
    }

    package static func scaleOfNothingIsRefused(_ platform: any Platform) async throws {
        let failure = await refusal {
            _ = try await platform.perform(.scale(side: .flip, floors: ["api": 1]), key: key("scale-nothing", 1))
        }
        #expect(failure?.kind == .notFound, "scaling what does not stand is refused as not found")
    }

    package static func routeIsSetAndRemoved(_ platform: any Platform, _ own: Releases) async throws {
        let name = "route"
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 1))
        let route = Route(weights: Weights(30, on: .flip))
        for _ in 1...2 { _ = try await platform.perform(.route(route), key: key(name, 2)) }
        let set = try await platform.observe(name)
        #expect(set.route?.route == route && set.route?.epoch == 1, "a route is set, and stamped")
        for _ in 1...2 { _ = try await platform.perform(.route(nil), key: key(name, 3)) }
        let removed = try await platform.observe(name)
        #expect(removed.route == nil, "no route removes it, also twice")
        #expect(removed.sides.flip != nil, "removing the route leaves what runs alone")
    }

    package static func teardownIsIdempotent(_ platform: any Platform, _ own: Releases) async throws {
        let name = "teardown"
        _ = try await platform.perform(.teardown(side: .flip), key: key(name, 1))
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 2))
        _ = try await platform.perform(deploy(own.next, .flop), key: key(name, 3))
        for _ in 1...2 { _ = try await platform.perform(.teardown(side: .flip), key: key(name, 4)) }
        let seen = try await platform.observe(name)
        #expect(seen.sides.flip == nil, "a side is torn down")
        #expect(seen.sides.flop?.digest == own.next.digest, "the other side stays")
    }

    package static func lowerEpochsAreRefused(_ platform: any Platform, _ own: Releases) async throws {
        let name = "fencing"
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 1, epoch: 5))
        let before = try await platform.observe(name)
        let actions = [
            deploy(own.next, .flop), .scale(side: .flip, floors: ["api": 9]), .teardown(side: .flip),
            .route(Route(weights: Weights(100, on: .flip))), .route(nil),
        ]
        for action in actions {
            let failure = await refusal { _ = try await platform.perform(action, key: key(name, 99, epoch: 4)) }
            #expect(failure?.kind == .staleEpoch, "a lower epoch is refused: \(action)")
        }
        let after = try await platform.observe(name)
        #expect(stamps(after) == stamps(before) && after.route == before.route, "what is refused changes nothing")
        _ = try await platform.perform(.scale(side: .flip, floors: ["api": 3]), key: key(name, 1, epoch: 6))
        let accepted = try await platform.observe(name)
        #expect(accepted.sides.flip?.components.map(\.floor) == [3], "a higher epoch is accepted")
    }

    /// What was asked of both sides, without what became of it: replicas go on starting while a test looks.
    private static func stamps(_ observation: Observation) -> [String] {
        Side.allCases.compactMap { observation.sides[$0] }.map { side in
            "\(side.digest) \(side.version) \(side.epoch) \(side.components.map { "\($0.name) \($0.floor)" })"
        }
    }

    package static func olderActionsAreRefused(_ platform: any Platform, _ own: Releases) async throws {
        let name = "delayed"
        _ = try await platform.perform(deploy(own.release, .flip), key: key(name, 7))
        _ = try await platform.perform(.scale(side: .flip, floors: ["api": 8]), key: key(name, 9))
        let failure = await refusal {
            _ = try await platform.perform(.scale(side: .flip, floors: ["api": 1]), key: key(name, 8))
        }
        #expect(failure != nil, "an action that was delayed does not undo a later one")
        let seen = try await platform.observe(name)
        #expect(seen.sides.flip?.components.map(\.floor) == [8])
    }

    package static func adoptMovesEverything(_ platform: any Platform, _ own: Releases) async throws {
        let (former, name) = ("adopted-former", "adopted")
        _ = try await platform.perform(deploy(own.release, .flip), key: key(former, 1))
        _ = try await platform.perform(.route(Route(weights: Weights(100, on: .flip))), key: key(former, 2))
        for _ in 1...2 { _ = try await platform.perform(.adopt(from: former), key: key(name, 3)) }
        let (old, new) = (try await platform.observe(former), try await platform.observe(name))
        #expect(old.sides == PerSide(flip: nil, flop: nil) && old.route == nil, "the former name holds nothing")
        #expect(new.sides.flip?.digest == own.release.digest, "what runs goes on under the new name")
        #expect(new.route?.route.weights == Weights(100, on: .flip), "so does the route")
    }

    package static func nonsenseIsRefused(_ platform: any Platform, _ own: Releases) async throws {
        let name = "nonsense"
        for floor in [-1, Int.max] {
            let failure = await refusal {
                _ = try await platform.perform(deploy(own.release, .flip, floor: floor), key: key(name, 1))
            }
            #expect(failure?.kind == .refused, "a floor of \(floor) is refused")
        }
        let seen = try await platform.observe(name)
        #expect(seen.sides.flip == nil)
    }

    package static func refusal(_ body: () async throws -> Void) async -> EffectFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? EffectFailure
        }
    }
}
