import Core

extension ProcessPlatform {
    /// What stands on a side, as it is now.
    func observed(_ record: ApplicationRecord, _ side: Side, at now: Instant) -> SideObservation? {
        guard let deployment = record.sides[side] else { return nil }
        let hasWeight = (record.route?.weights[side] ?? 0) > 0
        let components = deployment.release.components.map { component in
            let standing = replicas.values.filter {
                $0.isKept && $0.record.deployment == deployment.id && $0.record.component == component.name
            }
            return ComponentObservation(
                name: component.name, floor: deployment.floors[component.name] ?? 0, replicas: standing.count,
                ready: standing.count { $0.isReady },
                inFlight: holdsRequests(component, hasWeight, lostAt: record.lostWeightAt[side], now) ? 1 : 0,
                trouble: trouble(deployment.id, component.name))
        }
        return SideObservation(
            digest: deployment.digest, version: deployment.release.version, epoch: deployment.epoch,
            components: components)
    }

    /// Nobody counts a service's requests here: it may have some while it has weight, and for its drain time after.
    private func holdsRequests(_ component: Component, _ hasWeight: Bool, lostAt: Instant?, _ now: Instant) -> Bool {
        guard component.kind == .service, case .process(let run) = component.run else { return false }
        return hasWeight || lostAt.map { now < $0 + run.drainTime } ?? false
    }

    /// Why replicas are not ready: what became of the last that ended, until the slot's next one is.
    private func trouble(_ deployment: String, _ component: String) -> String? {
        let failed = failures.filter { slot, _ in slot.deployment == deployment && slot.component == component }
        guard let (slot, failure) = failed.min(by: { $0.key.ordinal < $1.key.ordinal }) else { return nil }
        let isMended = replicas.values.contains { $0.isKept && $0.isReady && self.slot($0) == slot }
        return isMended ? nil : "CrashLoopBackOff: \(failure.reason)"
    }
}
