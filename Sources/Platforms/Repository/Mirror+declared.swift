package import Core
package import Git
package import Manifests

extension Mirror {
    /// What a version of a manifest file declares of an application, and the file's bytes; the application is nil
    /// where the file declares none of that name.
    ///
    /// - Returns: nil where the application's document could not be decoded then.
    package func declared(
        _ version: PathVersion, of name: ApplicationName, at path: String
    ) throws(GitError) -> (version: DeclaredVersion, bytes: [UInt8])? {
        let revision = version.commit.description
        guard let blob = version.blob else { return (DeclaredVersion(revision: revision, application: nil), []) }
        guard let (file, bytes) = try manifest(blob, at: path) else { return nil }
        for document in file.documents where document.name == name {
            if case .application(let declared) = document.value {
                return (DeclaredVersion(revision: revision, application: declared.application), bytes)
            }
        }
        return file.isComplete ? (DeclaredVersion(revision: revision, application: nil), bytes) : nil
    }

    /// - Returns: nil where the file is too large to be read.
    package func manifest(
        _ blob: ObjectID, at path: String
    ) throws(GitError) -> (file: ManifestFile, bytes: [UInt8])? {
        let bytes: [UInt8]
        do throws(GitError) {
            bytes = try self.blob(blob, limit: Bounds.file)
        } catch {
            guard case .tooLarge = error.kind else { throw error }
            return nil
        }
        return (ManifestDecoder.decode(bytes: bytes, path: path), bytes)
    }

    /// The bytes of a version of a manifest file that declares a release; nil where none does.
    ///
    /// `revisions` are commits that may hold it. Without luck there, the first-parent line before `head` is searched.
    package func file(
        declaring digest: Digest, of name: ApplicationName, at path: String, in revisions: [Revision],
        before head: ObjectID
    ) throws(GitError) -> [UInt8]? {
        for revision in revisions {
            guard let id = ObjectID(hex: revision), contains(id), let blob = try blobID(at: path, in: id) else {
                continue
            }
            let found = try declared(PathVersion(commit: id, blob: blob), of: name, at: path)
            if let found, found.version.application?.release.digest == digest { return found.bytes }
        }
        var (from, portion, isFirst, left) = (head, 4, true, 10_000)
        while left > 0 {
            let versions = try history(of: path, from: from, limit: portion)
            // A portion begins with the last version of the one before.
            for version in versions.dropFirst(isFirst ? 0 : 1) {
                let found = try declared(version, of: name, at: path)
                if let found, found.version.application?.release.digest == digest { return found.bytes }
            }
            guard versions.count == portion, let last = versions.last else { return nil }
            (from, isFirst, left) = (last.commit, false, left - portion)
            portion = min(portion * 4, 1_024)
        }
        return nil
    }
}
