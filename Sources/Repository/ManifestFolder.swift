package import Git
package import Manifests

/// The folder of a commit that holds the manifests, and what `.sluiceignore` at its root passes over.
package struct ManifestFolder: Sendable {
    /// The name of the file of patterns.
    package static let ignoreFile = ".sluiceignore"

    /// From the root of the repository; empty for the root itself.
    package let path: String
    /// What is looked at in it.
    package let filter: TreeFilter
    /// The blob of `.sluiceignore`; nil where there is none.
    package let patterns: ObjectID?
    /// Stands for `.sluiceignore` where it cannot be read.
    let problem: ManifestFile?

    /// Every file that may be a manifest.
    static let everyManifest = TreeFilter(endings: [".yaml", ".yml"])

    /// Where `.sluiceignore` is.
    var ignoreFilePath: String { path.isEmpty ? Self.ignoreFile : path + "/" + Self.ignoreFile }

    /// Whether `.sluiceignore` passes over the file at a path of the repository.
    package func passesOver(_ file: String) -> Bool {
        filter.ignored.ignores(file: path.isEmpty ? file : String(file.dropFirst(path.utf8.count + 1)))
    }

    /// What `.sluiceignore` says, or what is wrong with it.
    package static func rules(_ bytes: [UInt8]?, at path: String) -> (rules: IgnoreRules, problem: ManifestFile?) {
        var why = "it has more than \(IgnoreRules.fileLimit >> 10) KiB, or is no regular file"
        if let bytes, bytes.count <= IgnoreRules.fileLimit {
            if let rules = IgnoreRules(bytes) { return (rules, nil) }
            why = "it has more than \(IgnoreRules.patternLimit) patterns"
        }
        let finding = Finding(
            path: path, mark: .start, code: .ignoreFile,
            message: "this is not heeded, so nothing is passed over: \(why)")
        return (IgnoreRules(), ManifestFile(unread: finding, .hidden))
    }

    /// A folder's path as people write it (`./production/`), in the form that git has: `production`, and nothing for the
    /// root.
    ///
    /// - Returns: nil where it cannot name a folder in a repository: it is absolute, has `..`, or a name that is refused.
    package static func normal(_ text: String) -> String? {
        if text.isEmpty || text.hasPrefix("/") { return nil }
        let names = text.split(separator: "/").filter { $0 != "." }
        let isFine = names.allSatisfy { name in
            if case .usable = EntryName(Array(name.utf8)) { true } else { false }
        }
        return isFine && names.count <= TreeBounds.depth ? names.joined(separator: "/") : nil
    }
}

extension Mirror {
    /// The folder of the manifests at a commit.
    ///
    /// - Throws: where there is no such folder.
    package func manifestFolder(at path: String, in commit: ObjectID) throws(GitError) -> ManifestFolder {
        switch try place(at: path, in: commit) {
        case .folder: break
        case .nothing: throw .folder(path, commit, "\(commit.short) has no folder \(path)")
        case .file: throw .folder(path, commit, "\(path) is a file at \(commit.short) and no folder")
        case .symbolicLink:
            throw .folder(
                path, commit, "\(path) leads through a symbolic link at \(commit.short), which is not followed")
        case .submodule:
            throw .folder(path, commit, "\(path) leads into a submodule at \(commit.short), which is not read")
        }
        let file = path.isEmpty ? ManifestFolder.ignoreFile : path + "/" + ManifestFolder.ignoreFile
        var filter = ManifestFolder.everyManifest
        switch try place(at: file, in: commit) {
        case .nothing: return ManifestFolder(path: path, filter: filter, patterns: nil, problem: nil)
        case .file(let id):
            var bytes: [UInt8]?
            do throws(GitError) {
                bytes = try blob(id, limit: IgnoreRules.fileLimit)
            } catch {
                guard case .tooLarge = error.kind else { throw error }
            }
            let (rules, problem) = ManifestFolder.rules(bytes, at: file)
            filter.ignored = rules
            return ManifestFolder(path: path, filter: filter, patterns: id, problem: problem)
        case .folder, .symbolicLink, .submodule:
            let problem = ManifestFolder.rules(nil, at: file).problem
            return ManifestFolder(path: path, filter: filter, patterns: nil, problem: problem)
        }
    }
}

extension GitError {
    fileprivate static func folder(_ path: String, _ commit: ObjectID, _ message: String) -> GitError {
        GitError(.notFound, message, advice: "give --path the folder that holds the manifests")
    }

    /// The same, with what to do about a repository that holds much else.
    var ofManifests: GitError {
        guard kind == .tooMany else { return self }
        return GitError(
            kind, message,
            advice: "keep the manifests in a folder of their own and follow it with --path, or name the other folders "
                + "in " + ManifestFolder.ignoreFile)
    }
}

extension ManifestFile {
    /// What stands for an entry that is no regular file, or cannot be looked into.
    package init(standingFor kind: Change.Kind, at path: String) {
        let isManifest = ManifestLoading.isManifest(path)
        func finding(_ code: Finding.Code, _ message: String) -> Finding {
            Finding(path: path, mark: .start, code: code, message: message)
        }
        switch kind {
        case .symbolicLink, .submodule:
            let reading: Reading = kind == .submodule ? .submodule : .symbolicLink
            guard isManifest else {
                self.init(reading)
                return
            }
            let what = kind == .submodule ? "a submodule" : "a symbolic link"
            self.init(
                unread: finding(
                    .notFollowed, "this is \(what) and no file, and is not followed; put the file itself here"),
                reading)
        case .tooDeep:
            self.init(
                unread: finding(
                    .tooDeep,
                    "this folder is not read: it lies more than \(TreeBounds.depth) deep; move it up, or name it in "
                        + ManifestFolder.ignoreFile), .hidden)
        case .badName:
            self.init(
                unread: finding(
                    .unusableName,
                    "this is not read for its name, which has a control character, a backslash or bytes that are not UTF-8, "
                        + "is longer than \(TreeBounds.name) bytes, or is one that git keeps to itself; rename it"),
                .hidden)
        case .file, .executable:
            self.init(unread: finding(.unreadable, "this cannot be read"))
        }
    }
}
