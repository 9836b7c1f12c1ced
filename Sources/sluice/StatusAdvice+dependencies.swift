import Core
import Manifests

extension StatusAdvice {
    /// Where to look for what an application waits for.
    static func looking(_ status: Status, _ reading: FleetStatus, _ context: Context) -> [Way] {
        let healthy = Set(reading.shown.filter { $0.phase == .healthy }.map(\.application))
        return reading.dependencies(of: status.application).filter { !healthy.contains($0) }.map { name in
            Way(
                name: "look", command: context.command("status", name),
                text: "what keeps \(name), for which \(status.application) waits, and what to do about it")
        }
    }
}

extension FleetStatus {
    /// What an application declares that it depends on; nothing where that is not known.
    func dependencies(of name: ApplicationName) -> [ApplicationName] {
        declared?.fleet.applications[name]?.application.dependsOn ?? []
    }

    /// Which of the dependencies that an application waits for does not go on until a person acts.
    func stuckDependencies(of status: Status) -> [ApplicationName] {
        guard status.waiting?.reason == .dependency else { return [] }
        let wanted = Set(dependencies(of: status.application))
        return shown.filter { other in
            guard wanted.contains(other.application), other.phase != .healthy else { return false }
            switch other.waiting?.reason {
            case .failure, .invalid, .suspended, .paused, .until: return true
            default: return other.stage?.failure != nil
            }
        }.map(\.application)
    }

    /// Who begins once an application serves as declared: `shop begins, which waits for it`; nil for nobody.
    func words(forWaitersOn name: ApplicationName) -> String? {
        let waiters = statuses.filter {
            $0.waiting?.reason == .dependency && dependencies(of: $0.application).contains(name)
        }.map(\.application)
        guard let first = waiters.first else { return nil }
        guard waiters.count > 1 else { return "\(first) begins, which waits for it" }
        let more = waiters.count > 3 ? ", …" : ""
        return "\(waiters.prefix(3).joined(separator: ", "))\(more) begin, which wait for it"
    }
}
