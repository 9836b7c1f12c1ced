package import Core
package import Simulator

/// The world that one release arrives in, its clock, and what is counted in it.
package struct Bench {
    package static let autoscaler = Autoscaler()
    /// Nobody's time; only differences are shown.
    private static let epoch = Instant(milliseconds: 1_767_225_600_000)

    package let release: StudiedRelease
    package private(set) var world: World
    package var meter: Meter
    /// When the release is committed.
    package let committedAt: Instant
    private var sequence = 0
    private var hasSurged = false

    package var now: Instant { world.now }

    init(_ release: StudiedRelease, isAutoscaled: Bool) {
        self.release = release
        var configuration = WorldConfiguration()
        configuration.load[StudiedRelease.name] = release.load
        if isAutoscaled { configuration.autoscaler = Self.autoscaler }
        let start = Self.epoch + .minutes(Int64(release.seed % 1440))
        world = World(seed: release.seed, start: start, configuration: configuration)
        meter = Meter(seed: release.seed ^ 0x5eed)
        committedAt = start + .minutes(15)
    }

    package mutating func advance(to time: Instant) {
        if let surge = release.surge, !hasSurged, time >= committedAt + surge {
            hasSurged = true
            world.advance(to: committedAt + surge)
            world.apply(.surge(application: StudiedRelease.name, percent: 130, until: .minutes(10)))
        }
        world.advance(to: time)
    }

    /// Counts requests up to now.
    package mutating func count() {
        meter.look(at: &world, outage: release.outage(at: now - committedAt) ? 0.05 : 0)
    }

    package mutating func observe() -> Observation { world.observe(StudiedRelease.name) }

    /// Does what an action says, as the platform's only user.
    package mutating func perform(_ action: Action) {
        sequence += 1
        do {
            try world.perform(action, application: StudiedRelease.name, epoch: 1, sequence: sequence)
        } catch {
            preconditionFailure("the simulated platform refused the study's own action: \(error)")
        }
    }

    package mutating func perform(_ action: Action, _ key: ActionKey) throws(Refusal) -> Receipt {
        try world.perform(action, application: key.application, epoch: key.epoch, sequence: key.sequence)
    }

    package mutating func totals(on side: Side) -> RequestMetrics { world.totals(of: StudiedRelease.name, on: side) }

    package func service(on side: Side) -> ServiceState? {
        world.service(StudiedRelease.component, of: StudiedRelease.name, on: side)
    }

    package func digest(on side: Side) -> Digest? { world.digest(of: StudiedRelease.name, on: side) }

    /// Replicas that the stable version runs under the load at a time: as declared, or as its autoscaler would have.
    package func need(at time: Instant) -> Int {
        let surge = release.surge.map { committedAt + $0 <= time && time < committedAt + $0 + .minutes(10) } ?? false
        let rate = release.load.rate(at: time) * (surge ? 1.3 : 1)
        let each = Double(release.capacity * Self.autoscaler.target) / 100
        return max(release.full, Int((rate / each).rounded(.up)))
    }
}
