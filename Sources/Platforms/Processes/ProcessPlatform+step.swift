import Core
import Reconciler

import struct Signal.WorkerReport

extension ProcessPlatform {
    /// Looks at everything once, and does what is due. Doing it again does nothing.
    func step() {
        isBusy = false
        look { () throws(SmallFileError) in
            try lookForStrays()
            try lookAfterProcesses()
        }
        // Nothing is done by what cannot be seen.
        guard blindness == nil else {
            isBusy = true
            return
        }
        let wanted = deployments()
        for replica in replicas.values.sorted(by: { $0.record.instance < $1.record.instance }) where replica.isKept {
            if wanted[replica.record.deployment] == nil { stop(replica.record.instance) }
        }
        for deployment in wanted.values.sorted(by: { $0.id < $1.id }) {
            for component in deployment.release.components { fill(deployment, component) }
        }
        killOverdue()
        probeDue()
        forget(besides: wanted)
        for replica in replicas.values where OutputLog.cut(files.log(of: replica.record)) { isBusy = true }
        if replicas.values.contains(where: { !$0.isReady || !$0.isKept }) { isBusy = true }
    }

    /// Notes where the machine cannot be looked at. What was seen until then stays.
    func look(at what: () throws(SmallFileError) -> Void) {
        do throws(SmallFileError) {
            try what()
            blindness = nil
        } catch {
            blindness = "what runs cannot be told: \(error)"
        }
    }

    /// What stands, by id.
    private func deployments() -> [String: ApplicationRecord.Deployment] {
        var found: [String: ApplicationRecord.Deployment] = [:]
        for record in applications.values {
            for side in Side.allCases {
                if let deployment = record.sides[side] { found[deployment.id] = deployment }
            }
        }
        return found
    }

    func slot(_ replica: Replica) -> Slot {
        Slot(
            deployment: replica.record.deployment, component: replica.record.component,
            ordinal: replica.record.ordinal)
    }

    /// Starts what is missing, and stops what is too much.
    private func fill(_ deployment: ApplicationRecord.Deployment, _ component: Component) {
        guard !isEnding, case .process(let run) = component.run else { return }
        let floor = deployment.floors[component.name] ?? 0
        var standing: [Int: Replica] = [:]
        for replica in replicas.values
        where replica.isKept && replica.record.deployment == deployment.id && replica.record.component == component.name
        {
            standing[replica.record.ordinal] = replica
        }
        if standing.count > floor {
            let victims = standing.values.sorted { usefulness($0) < usefulness($1) }
            for victim in victims.prefix(standing.count - floor) { stop(victim.record.instance) }
            return
        }
        var missing = floor - standing.count
        var ordinal = 0
        let now = time.now
        while missing > 0 {
            defer { ordinal += 1 }
            guard standing[ordinal] == nil else { continue }
            missing -= 1
            let slot = Slot(deployment: deployment.id, component: component.name, ordinal: ordinal)
            if let failure = failures[slot], failure.retryAt > now {
                isBusy = true
                continue
            }
            start(deployment, component, run, ordinal)
        }
    }

    /// What is missed most: who takes messages, then who is ready, then the first.
    private func usefulness(_ replica: Replica) -> (Int, Int, Int) {
        let worker = said[replica.record.instance]
        let holds = worker.map { $0.doing == .paused ? 0 : 1 } ?? 0
        return (holds, replica.isReady ? 1 : 0, -replica.record.ordinal)
    }

    /// What is past, of what does not stand any more.
    private func forget(besides wanted: [String: ApplicationRecord.Deployment]) {
        failures = failures.filter { slot, _ in
            (wanted[slot.deployment]?.floors[slot.component] ?? 0) > slot.ordinal
        }
        let known = Set(wanted.keys).union(replicas.values.map(\.record.deployment))
        if known != loggedDeployments {
            files.removeLogs(besides: known)
            loggedDeployments = known
        }
    }
}
