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
}
