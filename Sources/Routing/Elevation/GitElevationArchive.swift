package import Core
import Git
import Repository
package import Signal

/// Keeps what machines are told in git, where agents look that reach no daemon: one file for each machine, one commit
/// for all that changed.
package struct GitElevationArchive: ElevationArchive {
    private let branch: TrafficBranch

    /// How often a push that lost its race is tried on top of the winner.
    private static let attempts = 20

    /// - Parameter branch: one of its own, which nobody else writes.
    package init(_ branch: TrafficBranch) { self.branch = branch }

    /// Where an environment's files are.
    package static func branchName(of environment: String) -> String { "sluice/elevation/\(environment)" }

    package func store(
        _ elevations: [String: MachineElevations], epoch: Int
    ) async throws(EffectFailure) {
        do throws(GitError) {
            for _ in 0..<Self.attempts {
                try await branch.refresh()
                var edit = TreeEdit()
                var machines: [String] = []
                for (machine, told) in elevations.sorted(by: { $0.key < $1.key }) {
                    // Another daemon may have led since, and know better. What nobody can read is nobody's word.
                    let kept = try await bytes(of: machine).flatMap { try? MachineElevations(json: $0) }
                    if let kept, kept.states.contains(where: { $0.order.epoch > epoch }) { continue }
                    edit.set(Self.path(of: machine), to: Array((told.json + "\n").utf8))
                    machines.append(machine)
                }
                if machines.isEmpty { return }
                let title = machines.count == 1 ? machines[0] : "\(machines.count) machines"
                if try await branch.push(edit, message: "\(title): elevations\n\n[skip ci]\n", trailers: []) { return }
            }
        } catch {
            throw EffectFailure(error)
        }
        throw EffectFailure(.unreachable, "\(branch.title) moved under \(Self.attempts) attempts to push")
    }

    package func load(_ machine: String) async throws(EffectFailure) -> MachineElevations? {
        do throws(GitError) {
            try await branch.refresh()
            guard let bytes = try await bytes(of: machine) else { return nil }
            do throws(WireError) {
                return try MachineElevations(json: bytes)
            } catch {
                throw GitError(.other, "\(Self.path(of: machine)) on \(branch.title) is no elevation: \(error)")
            }
        } catch {
            throw EffectFailure(error)
        }
    }

    private func bytes(of machine: String) async throws(GitError) -> [UInt8]? {
        guard let blob = try await branch.blob(at: Self.path(of: machine)) else { return nil }
        return try await branch.bytes(of: blob, limit: MachineElevations.limit)
    }

    private static func path(of machine: String) -> String { "elevation/\(machine).json" }
}
