import Core
import Manifests

/// Statuses as rollouts make them: a fleet is driven from version to version, and every transition is one status.
struct Rollouts {
    private var fleet = InstantFleet()
    private let applications: Int
    private var declared = DeclaredFleet()
    private var version = 0
    /// Application of the next release.
    private var next = 0

    init(applications: Int) {
        self.applications = applications
        declared.take(texts: FleetRepository.shared)
    }

    /// The statuses of the next rollouts, in the order in which they are committed; at least `count`.
    mutating func statuses(_ count: Int) -> [StatusUpdate] {
        let updates = Box<[StatusUpdate]>([])
        fleet.onPush = { updates.value.append(contentsOf: $0) }
        while updates.value.count < count {
            var texts: [(path: String, text: String)] = []
            let revision = hex(version * applications + next)
            for _ in 0..<min(applications, 100) {
                if next == 0 { version += 1 }
                texts.append((FleetRepository.path(of: next), FleetRepository.manifest(next, version: version)))
                next = (next + 1) % applications
            }
            declared.take(texts: texts)
            fleet.apply(
                FleetChange(revision: revision, isComplete: true, declared: declared.declared(at: revision)),
                for: .hours(1))
        }
        return updates.value
    }

    /// Digits that look like a commit's id and are as hard to compress.
    private func hex(_ number: Int) -> String { String("\(Digest(of: "\(number)".utf8))".prefix(40)) }
}

/// A value that a closure can change.
final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

extension StatusUpdate {
    /// Where a status stands on its branch.
    var path: String {
        let folder = "\(Digest(of: status.application.utf8))".prefix(2)
        return "applications/\(folder)/\(status.application).yaml"
    }

    var text: [UInt8] { Array(StatusCoding.yaml(status).utf8) }
}
