import Core
import Git
import Manifests
import Repository
import TestSupport

/// A source of manifests with the engine that it tells, as far as what was declared is concerned.
final class Follower {
    private let bench: GitBench
    private(set) var source: GitManifestSource
    private var engine = Engine(configuration: EngineConfiguration())
    private var fetch: EffectID?
    private let now = Instant(milliseconds: 1_700_000_000_000)
    private var starts = 0

    init(_ bench: GitBench, recorded: [Status] = []) throws {
        self.bench = bench
        source = try bench.manifests("follower-0", recorded: recorded)
        note(engine.handle(.led(epoch: 1, statuses: recorded), at: now))
    }

    private func note(_ commands: [Command]) {
        for case .fetch(let id) in commands { fetch = id }
    }

    /// Looks, and takes in what was found.
    @discardableResult
    func look() async throws -> FleetChange {
        if fetch == nil { note(engine.handle(.poke, at: now)) }
        let change = try await bench.changed(source)
        if let id = fetch {
            fetch = nil
            note(engine.handle(.fetched(id, .changed(change)), at: now))
        }
        return change
    }

    func past(of name: ApplicationName) -> Past? { engine.status(of: name)?.past }

    /// The release that serves by what `name`'s head declares, where that is inactive.
    func serving(beside name: ApplicationName) -> String? { past(of: name)?.otherActive?.release.version }

    /// The statuses as a branch holds them.
    func recorded(_ change: (inout Status) -> Void = { _ in }) throws -> [Status] {
        try engine.applications.compactMap { name in
            guard var status = engine.status(of: name) else { return nil }
            change(&status)
            return try StatusCoding.decode(Array(StatusCoding.yaml(status).utf8))
        }
    }

    /// A daemon on an empty disk goes on from what is recorded.
    func restart(_ change: (inout Status) -> Void = { _ in }) throws {
        let statuses = try recorded(change)
        starts += 1
        source = try bench.manifests("follower-\(starts)", recorded: statuses)
        engine = Engine(configuration: EngineConfiguration())
        note(engine.handle(.led(epoch: starts + 1, statuses: statuses), at: now))
    }
}
