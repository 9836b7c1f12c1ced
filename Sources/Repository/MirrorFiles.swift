package import Core
package import Git
import Reconciler

/// Files as a mirror of the manifest repository holds them.
package struct MirrorFiles: ManifestFiles {
    private let mirror: Mirror

    package init(_ mirror: Mirror) {
        self.mirror = mirror
    }

    package func read(_ path: String, at revision: Revision, limit: Int) async throws(EffectFailure) -> [UInt8] {
        guard let commit = ObjectID(hex: revision) else {
            throw EffectFailure(.notFound, "\(path): no revision is known to read it at")
        }
        do throws(GitError) {
            guard let blob = try await mirror.blobID(at: path, in: commit) else {
                throw GitError(.notFound, "there is no such file at \(commit.short)")
            }
            return try await mirror.blob(blob, limit: limit)
        } catch {
            throw EffectFailure(error.kind == .notFound ? .notFound : .refused, "\(path): \(error.message)")
        }
    }
}
