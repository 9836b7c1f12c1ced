package import Core
import Manifests
import Signal

extension ElevationLedger {
    /// What the platform reported, with what the agents say of its consumers: how many take messages, how many
    /// messages they hold, and where that cannot be told, which agent is missing.
    package func overlaid(
        _ observation: Observation, of application: ApplicationName, consumers: Set<String>, at now: Instant
    ) -> Observation {
        var observation = observation
        let known = Set((fleets[application]?.instances ?? [:]).values.map(\.report.component))
        let consumers = consumers.union(known)
        for side in Core.Side.allCases {
            guard var standing = observation.sides[side] else { continue }
            for index in standing.components.indices where consumers.contains(standing.components[index].name) {
                overlay(&standing.components[index], of: application, on: side, at: now)
            }
            observation.sides[side] = standing
        }
        return observation
    }

    /// What these instances last said of themselves; those that said nothing are left out.
    func workers(_ instances: [String]) -> [String: WorkerReport] {
        let asked = Set(instances)
        var said: [String: WorkerReport] = [:]
        for fleet in fleets.values {
            for (name, instance) in fleet.instances where asked.contains(name) { said[name] = instance.report.worker }
        }
        return said
    }

    private func overlay(
        _ component: inout ComponentObservation, of application: ApplicationName, on side: Core.Side, at now: Instant
    ) {
        let instances = (fleets[application]?.instances ?? [:]).values.filter {
            $0.report.component == component.name && $0.report.side.rawValue == side.rawValue
        }
        component.active = instances.count(where: \.isConsuming)
        component.inFlight = instances.reduce(0) { $0 + $1.inFlight }
        component.trouble = component.trouble ?? trouble(component, instances, at: now)
        // Of those that no agent has reported nobody knows what they were told before this daemon led.
        let missing = max(0, component.ready - instances.count)
        let unheard = instances.filter(\.isUnheard)
        guard missing + unheard.count > 0 else { return }
        let by = unheard.map(\.machine).min().map { machine in
            "the agent of \(machine)" + (machines[machine]?.way == .git ? ", which cannot report," : "")
        }
        component.unheard = Unheard(replicas: missing + unheard.count, by: by ?? "an agent on their machines")
    }

    private func trouble(
        _ component: ComponentObservation, _ instances: [ElevatedInstance], at now: Instant
    ) -> String? {
        for name in Set(instances.map(\.machine)).sorted() {
            switch machines[name]?.way {
            case .lost(let since) where now - since >= patience:
                return "AgentLost: nothing was heard of the agent of \(name) since \(Timestamp.text(since)); what its "
                    + "consumers do is not known"
            case .git:
                return "AgentCannotReport: the agent of \(name) is reached by git alone; what its consumers do is not "
                    + "known"
            default: continue
            }
        }
        // They may be on their way as long as they are not ready.
        let missing = component.ready - instances.count
        guard missing > 0 else { return nil }
        return
            "AgentMissing: \(missing) of \(component.ready) ready replicas are reported by no agent; run sluice agent "
            + "on their machines"
    }
}
