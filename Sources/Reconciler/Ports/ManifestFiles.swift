package import Core

/// Files of the manifest repository that gates name.
package protocol ManifestFiles: Sendable {
    /// - Parameters:
    ///   - path: from the repository's root.
    ///   - revision: of which commit.
    ///   - limit: bytes; a larger file is refused before it is read.
    /// - Returns: the file's bytes.
    /// - Throws: `.notFound` where there is no such file, `.refused` where it cannot be read or is too large.
    func read(_ path: String, at revision: Revision, limit: Int) async throws(EffectFailure) -> [UInt8]
}
