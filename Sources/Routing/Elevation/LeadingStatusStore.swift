package import Core
package import Reconciler

/// A status store that lets the hub know who leads, since what is told is ordered by the epoch.
package struct LeadingStatusStore: StatusStore {
    private let base: any StatusStore
    private let hub: ElevationHub

    package init(_ base: any StatusStore, hub: ElevationHub) {
        self.base = base
        self.hub = hub
    }

    package func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        let lead = try await base.lead()
        await hub.lead(lead.epoch)
        return lead
    }

    package func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        guard let lead = try await base.takeOver() else { return nil }
        await hub.lead(lead.epoch)
        return lead
    }

    package func push(_ updates: [StatusUpdate], epoch: Int) async -> PushOutcome {
        let outcome = await base.push(updates, epoch: epoch)
        if case .superseded = outcome { await hub.lead(nil) }
        return outcome
    }

    package func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int? {
        let newer = try await base.newerEpoch(than: epoch)
        if newer != nil { await hub.lead(nil) }
        return newer
    }
}
