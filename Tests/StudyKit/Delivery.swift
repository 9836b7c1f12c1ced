import Core
import Simulator

/// A way of bringing a release to its users, and of going back.
protocol Delivery {
    /// Brings about that the stable version serves.
    mutating func prepare(_ bench: inout Bench)
    /// The release is committed.
    mutating func release(_ bench: inout Bench)
    /// Does what is to be done until a time, and lets the time pass.
    mutating func run(_ bench: inout Bench, to time: Instant)
    /// Somebody wants the stable version back.
    mutating func goBack(_ bench: inout Bench)
    /// When it began to go back, by itself or as it was told; nil while it does not.
    var turnedAt: Instant? { get }
}

/// What the deliveries do that know no declaration: they act on the platform themselves.
extension Bench {
    mutating func deploy(_ release: Release, _ side: Side, _ replicas: Int) {
        perform(
            .deploy(
                side: side, namespace: side.rawValue, release: release, digest: release.digest,
                floors: [StudiedRelease.component: replicas]))
    }

    mutating func scale(_ side: Side, _ replicas: Int) {
        guard floor(side) != replicas else { return }
        perform(.scale(side: side, floors: [StudiedRelease.component: replicas]))
    }

    mutating func route(_ weight: Int, _ side: Side) {
        let weights = Weights(weight, on: side)
        guard observe().route?.route.weights != weights else { return }
        perform(.route(Route(weights: weights)))
    }

    mutating func weight(_ side: Side) -> Int { observe().route?.route.weights[side] ?? 0 }
    mutating func floor(_ side: Side) -> Int { component(side)?.floor ?? 0 }
    mutating func ready(_ side: Side) -> Int { component(side)?.ready ?? 0 }
    mutating func replicas(_ side: Side) -> Int { component(side)?.replicas ?? 0 }

    private mutating func component(_ side: Side) -> ComponentObservation? {
        observe().sides[side]?.component(StudiedRelease.component)
    }

    /// All weight returns to the stable side once that is whole; what was turned back goes five minutes later.
    mutating func returnToStable(since turned: Instant) {
        if ready(.flip) >= release.full { route(0, .flop) }
        if now >= turned + .minutes(5), weight(.flop) == 0, digest(on: .flop) != nil { perform(.teardown(side: .flop)) }
    }

    /// The stable version serves from flip, at full capacity.
    mutating func serveStable() {
        deploy(release.stable, .flip, release.full)
        perform(.route(Route(weights: Weights(100, on: .flip))))
    }
}
