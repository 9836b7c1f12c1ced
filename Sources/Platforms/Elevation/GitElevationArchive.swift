package import Core
package import Elevation
import Git

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

    package func store(_ elevations: [String: MachineElevations]) async throws(EffectFailure) {
        let machines = elevations.keys.sorted()
        var edit = TreeEdit()
        for machine in machines {
            guard let told = elevations[machine] else { continue }
            edit.set(Self.path(of: machine), to: Array((told.json + "\n").utf8))
        }
        let title = machines.count == 1 ? machines[0] : "\(machines.count) machines"
        do throws(GitError) {
            for _ in 0..<Self.attempts {
                try await branch.refresh()
                if try await branch.push(edit, message: "\(title): elevations\n\n[skip ci]\n", trailers: []) { return }
            }
        } catch {
            throw EffectFailure(error)
        }
        throw EffectFailure(.unreachable, "\(branch.title) moved under \(Self.attempts) attempts to push")
    }

    package func load(_ machine: String) async throws(EffectFailure) -> MachineElevations? {
        let path = Self.path(of: machine)
        do throws(GitError) {
            try await branch.refresh()
            guard let blob = try await branch.blob(at: path) else { return nil }
            let bytes = try await branch.bytes(of: blob, limit: MachineElevations.limit)
            do throws(WireError) {
                return try MachineElevations(json: bytes)
            } catch {
                throw GitError(.other, "\(path) on \(branch.title) is no elevation: \(error)")
            }
        } catch {
            throw EffectFailure(error)
        }
    }

    private static func path(of machine: String) -> String { "elevation/\(machine).json" }
}
