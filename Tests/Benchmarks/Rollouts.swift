import Core
import Manifests

/// Statuses as rollouts make them: a fleet is driven from version to version, and every transition is one status.
struct Rollouts {
    private var fleet = InstantFleet()
    private let applications: Int
    private var strategies = DecodedFleet()
    private var version = 0
    /// Application of the next release.
    private var next = 0

    init(applications: Int) throws {
        self.applications = applications
        try strategies.takeShared()
    }

    /// The statuses of the next rollouts, in the order in which they are committed; at least `count`.
    mutating func statuses(_ count: Int) -> [StatusUpdate] {
        let updates = Box<[StatusUpdate]>([])
        fleet.onPush = { updates.value.append(contentsOf: $0) }
        while updates.value.count < count {
            var declared: [Declaration] = []
            let revision = hex(version * applications + next)
            for _ in 0..<min(applications, 100) {
                if next == 0 { version += 1 }
                let manifest = FleetRepository.manifest(next, version: version)
                let file = ManifestDecoder.decode(bytes: Array(manifest.utf8), path: FleetRepository.path(of: next))
                for case .application(let application) in file.documents.map(\.value) {
                    if let one = strategies.declaration(of: application, at: revision) { declared.append(one) }
                }
                next = (next + 1) % applications
            }
            fleet.apply(FleetChange(revision: revision, isComplete: true, declared: declared), for: .hours(1))
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
