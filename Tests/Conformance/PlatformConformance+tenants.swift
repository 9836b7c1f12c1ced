import Core
package import Reconciler
import Testing

extension PlatformConformance {
    /// What every platform promises to several who share it.
    ///
    /// - Parameters:
    ///   - platform: an adapter of one and the same platform, for a tenant.
    ///   - own: what it can run.
    /// - Throws: what the adapter throws where nothing of the sort was promised.
    package static func check(
        shared platform: (Tenancy) async throws -> any Platform, _ own: Releases = simulated
    ) async throws {
        try await environmentsAreApart(platform, own)
        try await anotherFleetIsRefused(platform, own)
        try await whatHoldsNothingIsAnybodys(platform, own)
    }

    private static func key(
        _ application: ApplicationName, _ sequence: Int, epoch: Int = 1, in environment: String
    ) -> ActionKey {
        ActionKey(
            application: application, digest: nil, stage: 0, purpose: "test", attempt: 0, epoch: epoch,
            sequence: sequence, environment: environment)
    }

    package static func environmentsAreApart(_ platform: (Tenancy) async throws -> any Platform, _ own: Releases)
        async throws
    {
        let (name, former) = ("apart", "apart-formerly")
        let places = ["default", "staging", "production"]
        func adapter(_ place: String) async throws -> any Platform {
            try await platform(Tenancy(environment: place, fleet: "f1"))
        }
        for (index, place) in places.enumerated() {
            let release = place == "staging" ? own.next : own.release
            let adapter = try await adapter(place)
            // Under a lower epoch each time: what another environment obeys is nothing to this one.
            _ = try await adapter.perform(
                deploy(release, .flip), key: key(former, 1, epoch: 9 - index, in: place))
            _ = try await adapter.perform(.adopt(from: former), key: key(name, 2, epoch: 9 - index, in: place))
            _ = try await adapter.perform(
                .route(Route(weights: Weights(30 + index, on: .flip))), key: key(name, 3, epoch: 9 - index, in: place))
        }
        for (index, place) in places.enumerated() {
            let release = place == "staging" ? own.next : own.release
            let seen = try await adapter(place).observe(name)
            #expect(seen.sides.flip?.digest == release.digest, "\(place) has its own release")
            #expect(seen.sides.flip?.epoch == 9 - index, "\(place) has its own stamp")
            #expect(seen.route?.route.weights == Weights(30 + index, on: .flip), "\(place) has its own route")
            #expect(try await adapter(place).observe(former).sides.flip == nil, "\(place) adopted its own")
        }
        _ = try await adapter("staging").perform(.teardown(side: .flip), key: key(name, 4, epoch: 8, in: "staging"))
        #expect(try await adapter("production").observe(name).sides.flip != nil)
    }

    package static func anotherFleetIsRefused(_ platform: (Tenancy) async throws -> any Platform, _ own: Releases)
        async throws
    {
        let (name, other) = ("owned", "owned-otherwise")
        let mine = Tenancy(environment: "staging", fleet: "f1")
        let theirs = Tenancy(environment: "staging", fleet: "f2")
        _ = try await platform(mine).perform(deploy(own.release, .flip), key: key(name, 1, in: "staging"))
        let stranger = try await platform(theirs)
        for failure in [
            await refusal { _ = try await stranger.observe(name) },
            await refusal {
                _ = try await stranger.perform(deploy(own.next, .flip), key: key(name, 1, epoch: 9, in: "staging"))
            },
            await refusal {
                _ = try await stranger.perform(.adopt(from: name), key: key(other, 1, epoch: 9, in: "staging"))
            },
        ] {
            #expect(failure?.kind == .refused)
            let message = failure?.message ?? ""
            #expect(message.contains("\(name) of the environment staging"), "\(message)")
            #expect(message.contains("--environment NAME"), "\(message)")
        }
        let seen = try await platform(mine).observe(name)
        #expect(seen.sides.flip?.digest == own.release.digest && seen.sides.flip?.epoch == 1)
        _ = try await platform(mine).perform(
            .scale(side: .flip, floors: ["api": 1]), key: key(name, 2, in: "staging"))
    }

    package static func whatHoldsNothingIsAnybodys(
        _ platform: (Tenancy) async throws -> any Platform, _ own: Releases
    ) async throws {
        let name = "vacated"
        let (mine, theirs) = (Tenancy(fleet: "f1"), Tenancy(fleet: "f2"))
        _ = try await platform(mine).perform(deploy(own.release, .flip), key: key(name, 1))
        _ = try await platform(mine).perform(.teardown(side: .flip), key: key(name, 2))
        _ = try await platform(theirs).perform(deploy(own.next, .flip), key: key(name, 1, epoch: 2))
        #expect(try await platform(theirs).observe(name).sides.flip?.digest == own.next.digest)
        #expect(await refusal { _ = try await platform(mine).observe(name) } != nil)
    }
}
