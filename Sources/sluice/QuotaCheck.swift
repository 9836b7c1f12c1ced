import Core
import Manifests

/// Whether what is declared fits into the quotas of the namespaces that it is declared in.
enum QuotaCheck {
    /// Adds an error for each application that a namespace has no room for, and a warning for a namespace that has none for
    /// all of its applications at once. Either side may have to carry the whole load.
    static func judge(_ fleet: inout Fleet) {
        for namespace in fleet.namespaces {
            guard let quota = namespace.value.replicaQuota else { continue }
            let name = namespace.value.name
            let users = fleet.applications.values.filter { entry in
                Side.allCases.contains { entry.application.sides[$0] == name }
            }.map { (name: $0.application.name, replicas: $0.application.replicas.values.reduce(0, +)) }
                .sorted { $0.name < $1.name }
            let large = users.compactMap { user in
                NamespaceBound.excess(of: user.replicas, for: user.name, in: name, quota: quota)
            }
            for message in large {
                fleet.findings.append(
                    Finding(path: namespace.path, mark: namespace.mark, code: .quotaExceeded, message: message))
            }
            let sum = users.reduce(0) { $0 + $1.replicas }
            guard large.isEmpty, sum > quota else { continue }
            fleet.findings.append(
                Finding(
                    path: namespace.path, mark: namespace.mark, code: .quotaExceeded,
                    message: "the namespace \"\(name)\" has a quota of \(quota) replicas, and its \(users.count) "
                        + "applications need \(sum) where all serve from it: rollouts wait for each other's room",
                    severity: .warning))
        }
        fleet.findings.sort()
    }
}
