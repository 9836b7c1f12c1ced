import Basics
import Core
import Git
import Manifests
import Repository

/// The statuses of an environment, as far as they can be read.
struct StatusFiles {
    /// Sorted by name.
    var statuses: [Status] = []
    /// Why an application's status cannot be read, in a sentence that names its file.
    var unreadable: [ApplicationName: String] = [:]
    /// What stands where no status belongs, in a sentence each.
    var strays: [String] = []
}

/// Whoever may push to the branch may have written what stands there.
extension StatusBranch {
    /// A status file's longest, in bytes.
    private static let fileLimit = 1 << 20

    /// What a commit says of its writer, and what of that cannot be relied on.
    func record(at commit: ObjectID) async throws -> (record: EnvironmentRecord?, faults: [EnvironmentRecord.Fault]) {
        let path = GitStatusStore.environmentPath
        switch try await mirror.place(at: path, in: commit) {
        case .file(let blob):
            do throws(GitError) {
                return EnvironmentRecord.examine(try await mirror.blob(blob, limit: 65_536))
            } catch {
                guard case .tooLarge = error.kind else { throw error }
                return (nil, [.init(field: "epoch", text: "\(path) is too large: \(error.message)")])
            }
        case let place:
            return (nil, [.init(field: "epoch", text: "\(path) \(Self.words(of: place)), and does not say who leads")])
        }
    }

    /// All that a commit holds.
    func files(at commit: ObjectID) async throws -> StatusFiles { try await Self.files(at: commit, in: mirror) }

    static func files(at commit: ObjectID, in mirror: Mirror) async throws -> StatusFiles {
        var files = StatusFiles()
        for change in try await mirror.changes(from: nil, to: commit, under: "applications") {
            let name = application(at: change.path)
            do {
                if let status = try await read(change.new, change.kind, at: change.path, in: mirror) {
                    files.statuses.append(status)
                }
            } catch let unread as Unread {
                if let name { files.unreadable[name] = unread.why } else { files.strays.append(unread.why) }
            }
        }
        files.statuses.sort { $0.application < $1.application }
        return files
    }

    /// The status of an application at a commit; nil where there is none.
    ///
    /// - Throws: ``Failure`` where it cannot be read.
    func status(of name: ApplicationName, at commit: ObjectID) async throws -> Status? {
        do {
            let path = GitStatusStore.path(of: name)
            guard case .file(let blob) = try await mirror.place(at: path, in: commit) else {
                if let why = try await obstruction(of: name, at: commit) { throw Unread(why: why) }
                return nil
            }
            return try await Self.read(blob, .file, at: path, in: mirror)
        } catch let unread as Unread {
            throw Failure(
                "what \(Terminal.clean(name)) does is not known: \(unread.why)",
                advice: "whoever leads writes it again with its next look; where nobody does, take it back in a clone: "
                    + (await takingBack(GitStatusStore.path(of: name), at: commit)))
        }
    }

    /// What stands in the place of an application's status, in a sentence; nil for a file, and where nothing does.
    func obstruction(of name: ApplicationName, at commit: ObjectID) async throws -> String? {
        let path = GitStatusStore.path(of: name)
        for (index, _) in path.enumerated().filter({ $0.element == "/" }) {
            let folder = String(path.prefix(index))
            let place = try await mirror.place(at: folder, in: commit)
            if case .folder = place { continue }
            return place == .nothing ? nil : "\(folder) \(Self.words(of: place)), where statuses ought to be"
        }
        switch try await mirror.place(at: path, in: commit) {
        case .file, .nothing: return nil
        case let place: return "\(path) \(Self.words(of: place)), and no status"
        }
    }

    /// What a shell of a clone takes to take back what stands at a path.
    func takingBack(_ path: String, at tip: ObjectID) async -> String {
        await GitStatusStore.takingBack(path, on: name, at: tip, in: mirror)
    }

    /// Reads one status file of a history; a file that is not one is told on standard error and left out.
    func status(_ blob: ObjectID?, of change: Change, at commit: ObjectID) async throws -> Status? {
        do {
            let kind = blob == change.new ? change.kind : .file
            return try await Self.read(blob, kind, at: change.path, in: mirror)
        } catch let unread as Unread {
            // Once: what it was before stands in the commit before.
            if blob == change.new {
                Terminal.complain("sluice: at \(commit.short): \(Terminal.clean(unread.why)); left out")
            }
            return nil
        }
    }

    private struct Unread: Error {
        let why: String

        /// What stands in the file may stand in it.
        init(why: String) { self.why = PlainText.line(why, limit: 300) }
    }

    private static func read(
        _ blob: ObjectID?, _ kind: Change.Kind, at path: String, in mirror: Mirror
    ) async throws -> Status? {
        guard let blob else { return nil }
        switch kind {
        case .file, .executable: break
        case .symbolicLink: throw Unread(why: "\(path) \(words(of: .symbolicLink)), and no status")
        case .submodule: throw Unread(why: "\(path) \(words(of: .submodule)), and no status")
        case .badName, .tooDeep: throw Unread(why: "\(path) is not read: it lies too deep, or for its name")
        }
        guard path.hasSuffix(".yaml") else { return nil }
        do {
            let status = try StatusCoding.decode(try await mirror.blob(blob, limit: fileLimit))
            let own = GitStatusStore.path(of: status.application)
            guard own == path else {
                throw Unread(why: "\(path) is about \(Terminal.brief(status.application)), whose place is \(own)")
            }
            return status
        } catch let error as StatusError {
            throw Unread(why: "\(path):\(error)")
        } catch let error as GitError {
            guard !error.isDamage else { throw error }
            throw Unread(why: "\(path) is no status: it is larger than \(fileLimit >> 20) MiB")
        }
    }

    private static func words(of place: TreePlace) -> String {
        switch place {
        case .nothing: "is not there"
        case .folder: "is a folder"
        case .file: "is a file"
        case .symbolicLink: "is a symbolic link"
        case .submodule: "is a submodule"
        }
    }

    /// The application whose status a path is for; nil where none's is.
    private static func application(at path: String) -> ApplicationName? {
        guard let file = path.split(separator: "/").last, file.hasSuffix(".yaml") else { return nil }
        let name = String(file.dropLast(5))
        guard name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }) else { return nil }
        return GitStatusStore.path(of: name) == path ? name : nil
    }
}

extension Status {
    /// What stands for an application whose status cannot be read. It speaks of no revision, as every other does.
    static func unknown(_ name: ApplicationName) -> Status { Status(application: name, observedRevision: "") }

    var isUnknown: Bool { observedRevision.isEmpty }

    /// The phase as it is told.
    var phaseWord: String { isUnknown ? "Unknown" : phase.rawValue }
}
