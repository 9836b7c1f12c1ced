package import Core
package import Git
import Manifests

/// A version of an application's manifest, and where it stood.
package struct PlacedVersion: Sendable {
    package var declared: DeclaredVersion
    package var path: String
    /// The name that it was declared under then.
    package var name: ApplicationName
    /// nil where the file was gone.
    package var blob: ObjectID?
}

/// The versions of an application's manifest on the first-parent line.
package struct PlacedLine: Sendable {
    /// The newest first, beginning with the head's own.
    package var versions: [PlacedVersion] = []
    /// Why it ends where it does, short of what was looked for; nil where there is nothing before.
    package var end: String?

    /// As Core takes it: without the head's own version.
    package func before(_ head: Revision) -> DeclaredLine {
        // The newest version is the head's, whichever commit brought it.
        DeclaredLine(versions: versions.map(\.declared).filter { $0.revision != head }, end: end)
    }
}

extension Mirror {
    /// Versions that are read of one manifest.
    private static var versionsRead: Int { 10_000 }
    /// Files of one commit that are looked into for where a document came from.
    private static var filesLookedInto: Int { 5_000 }

    /// What an application declared on the first-parent line, wherever its document stood and whatever it was called.
    ///
    /// `name` is the application's at `head`, and `path` the file that declares it there. `isEnough` is asked from time
    /// to time: where it says yes, nothing older is read.
    package func line(
        of name: ApplicationName, at path: String, from head: ObjectID,
        isEnough: @Sendable ([PlacedVersion]) -> Bool = { _ in false }
    ) throws(GitError) -> PlacedLine {
        var line = PlacedLine()
        var (name, path, from) = (name, path, head)
        var (portion, isOverlapping, left) = (2, false, Self.versionsRead)
        while true {
            let found = try history(of: path, from: from, limit: portion)
            var origin: (place: (name: ApplicationName, path: String), parent: ObjectID)?
            // A portion begins with the last version of the one before.
            for version in found.dropFirst(isOverlapping ? 1 : 0) {
                left -= 1
                if let read = try declared(version, of: name, at: path)?.version {
                    line.versions.append(
                        PlacedVersion(declared: read, path: path, name: name, blob: version.blob))
                    guard let application = read.application else { continue }
                    origin = try self.origin(of: application, at: path, in: version.commit)
                    if origin != nil { break }
                }
            }
            if isEnough(line.versions) { return line }
            guard left > 0 else {
                line.end = "only the newest \(Self.versionsRead) versions of its manifest were looked at"
                return line
            }
            if let origin {
                (name, path) = origin.place
                (from, portion, isOverlapping) = (origin.parent, 2, false)
                continue
            }
            guard found.count == portion, let last = found.last else {
                if let commit = try cut(of: from) { line.end = "history is cut off before \(commit.short)" }
                return line
            }
            (from, isOverlapping) = (last.commit, true)
            portion = min(portion * 4, 1_024)
        }
    }

    /// Where an application was declared before a commit gave it this place: in another file, or under another name.
    /// nil where it stood there already, or was nowhere.
    private func origin(
        of application: Application, at path: String, in commit: ObjectID
    ) throws(GitError) -> (place: (name: ApplicationName, path: String), parent: ObjectID)? {
        guard let parent = try self.commit(commit).parents.first, contains(parent) else { return nil }
        if let blob = try blobID(at: path, in: parent), let file = try manifest(blob, at: path)?.file,
            !file.isComplete || file.declares(application.name)
        {
            return nil
        }
        let names = [application.name, application.renamedFrom].compactMap { $0 }
        var looked = 0
        for change in try changes(from: parent, to: commit) where ManifestLoading.isManifest(change.path) {
            guard let old = change.old, looked < Self.filesLookedInto else { continue }
            looked += 1
            guard contains(old), let before = try? manifest(old, at: change.path)?.file,
                let name = names.first(where: before.declares)
            else { continue }
            // A copy is no move: what is still declared there is another's.
            var after: ManifestFile?
            if let new = change.new { after = try? manifest(new, at: change.path)?.file }
            if after?.declares(name) != true { return ((name, change.path), parent) }
        }
        return nil
    }

    /// The commit on the first-parent line whose parent is not here; nil where the line goes back to a root.
    private func cut(of commit: ObjectID) throws(GitError) -> ObjectID? {
        let line = try firstParentCommits(from: commit, limit: .max)
        guard let last = line.last, try !self.commit(last).parents.isEmpty else { return nil }
        return last
    }

    /// A file that declares a release of an application, and the name that it has there; nil where none does.
    ///
    /// `revisions` are commits that may hold it where the file stands now; without luck there, the line is searched,
    /// from `head` on.
    package func source(
        declaring digest: Digest, of name: ApplicationName, at path: String, in revisions: [Revision],
        before head: ObjectID
    ) throws(GitError) -> (bytes: [UInt8], name: ApplicationName)? {
        for revision in revisions {
            guard let id = ObjectID(hex: revision), contains(id), let blob = try blobID(at: path, in: id) else {
                continue
            }
            let found = try declared(PathVersion(commit: id, blob: blob), of: name, at: path)
            if let found, found.version.application?.release.digest == digest { return (found.bytes, name) }
        }
        let line = try line(of: name, at: path, from: head) {
            $0.contains { $0.declared.application?.release.digest == digest }
        }
        let version = line.versions.first { $0.declared.application?.release.digest == digest }
        guard let version, let blob = version.blob else { return nil }
        return (try self.blob(blob, limit: Bounds.file), version.name)
    }

    /// The heads that came after `old` and before `new`, the newest first: commits on the first-parent line that have `old` in
    /// their history. Where a merge took `old` for its second parent, what lies before it on the line was no head.
    ///
    /// - Returns: nothing where `new` does not come after `old`, or `old` lies too far back.
    package func heads(after old: ObjectID, before new: ObjectID) throws(GitError) -> [ObjectID] {
        let line = try firstParentCommits(from: new, limit: Self.commitsBetween)
        if let position = line.firstIndex(of: old) { return Array(line[..<position].dropFirst()) }
        guard contains(old) else { return [] }
        // Whoever comes before one that does not come after it does not either.
        var (after, other) = (0, line.count)
        while after < other {
            let middle = (after + other) / 2
            if try isAncestor(old, of: line[middle]) { after = middle + 1 } else { other = middle }
        }
        return after == line.count ? [] : Array(line[..<after].dropFirst())
    }

    /// What the heads after `old` and before `new` declared, by application, the oldest first.
    ///
    /// - Returns: nothing where ``heads(after:before:)`` has nothing.
    package func between(_ old: ObjectID, _ new: ObjectID) throws(GitError) -> [ApplicationName: [DeclaredVersion]] {
        var found: [ApplicationName: [DeclaredVersion]] = [:]
        var before = old
        for head in try heads(after: old, before: new).reversed() {
            for change in try changes(from: before, to: head) where ManifestLoading.isManifest(change.path) {
                guard let blob = change.new, change.kind == .file || change.kind == .executable,
                    let file = try manifest(blob, at: change.path)?.file
                else { continue }
                for document in file.documents {
                    guard case .application(let declared) = document.value else { continue }
                    found[document.name, default: []].append(
                        DeclaredVersion(revision: head.description, application: declared.application))
                }
            }
            before = head
        }
        return found
    }

    /// Commits that are looked through for what happened between two looks.
    package static var commitsBetween: Int { 1_000 }
}

extension ManifestFile {
    fileprivate func declares(_ name: ApplicationName) -> Bool {
        documents.contains { $0.kind == .application && $0.name == name }
    }
}
