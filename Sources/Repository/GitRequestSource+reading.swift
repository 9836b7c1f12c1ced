import Core
import Git
import Manifests

extension GitRequestSource {
    /// What is wrong with files of one commit, gathered: whoever can push there must not fill the log.
    private struct Complaints {
        var all: [String] = []
        /// Who made a commit, and whether a signature shows it; asked once for all that it touched.
        var makers: [ObjectID: (by: String, isVerified: Bool)] = [:]

        /// Told one by one while they are few, and in one sentence where they are not.
        var sentences: [String] {
            guard all.count > 5, let first = all.first else { return all }
            return ["\(first); and \(all.count - 1) more like it, passed over too"]
        }
    }

    /// Reads what stands at a commit, as far as it was touched since what is known.
    ///
    /// Where its tree cannot be walked, the pause of the fleet is looked for by its path alone: no tree hides it. All
    /// else stays as it was read before, and nothing goes forward meanwhile.
    func index(_ tip: ObjectID) async throws(GitError) {
        let found: [Change]
        do throws(GitError) {
            found = try await files(at: tip)
        } catch {
            try await readPause(tip, because: error)
            return
        }
        var blobs: [String: ObjectID] = [:]
        for path in found { blobs[path.path] = path.new }
        var authors = try await touched(in: tip, since: indexed, of: Set(blobs.keys))
        // What there was no room for before may have been touched long ago.
        let unknown = blobs.filter { authors[$0.key] == nil && known[$0.key]?.blob != $0.value }
        if !unknown.isEmpty {
            authors.merge(try await touched(in: tip, since: nil, of: Set(unknown.keys))) { $1 }
        }
        var fresh: [String: Known] = [:]
        var complaints = Complaints()
        for (path, blob) in blobs.sorted(by: { $0.key < $1.key }) {
            if authors[path] == nil, let before = known[path], before.blob == blob {
                fresh[path] = before
                continue
            }
            let wasTold = known[path].map { $0.blob == blob && $0.request == nil } ?? false
            fresh[path] = try await read(path, blob, by: authors[path], isTold: wasTold, &complaints)
        }
        complaints.sentences.forEach(notice)
        known = fresh
        indexed = tip
    }

    /// Heeds the pause of the fleet at a commit whose tree cannot be walked.
    ///
    /// - Throws: `error` where there is none: then it is not known what is asked.
    private func readPause(_ tip: ObjectID, because error: GitError) async throws(GitError) {
        let path = Request.fleetPausePath
        guard error.kind != .cancelled, let blob = try await mirror.blobID(at: path, in: tip) else { throw error }
        var complaints = Complaints()
        let author = try await touched(in: tip, since: nil, of: [path])[path]
        let read = try await read(path, blob, by: author, isTold: false, &complaints)
        guard read.request != nil else { throw error }
        known[path] = read
        notice("of \(branch) only \(path) can be read, and the fleet is paused: \(error)")
    }

    /// The files that may be requests. The pause of the fleet is never one too many.
    private func files(at tip: ObjectID) async throws(GitError) -> [Change] {
        var found = try await mirror.changes(from: nil, to: tip).filter { change in
            change.path.hasSuffix(".yaml") && (change.kind == .file || change.kind == .executable)
        }
        guard found.count > Self.limit else {
            hasToldOfLimit = false
            return found
        }
        if !hasToldOfLimit { notice("more than \(Self.limit) requests stand; only so many are heeded") }
        hasToldOfLimit = true
        func rank(_ change: Change) -> (Int, String) { (change.path == Request.fleetPausePath ? 0 : 1, change.path) }
        found.sort { rank($0) < rank($1) }
        return Array(found.prefix(Self.limit))
    }

    /// The newest commit on the first-parent line that touched each file, as far as one did since `old`. Where `old`
    /// does not lie on that line, of all files.
    private func touched(
        in tip: ObjectID, since old: ObjectID?, of paths: Set<String>
    ) async throws(GitError) -> [String: ObjectID] {
        var found: [String: ObjectID] = [:]
        var from = tip
        var missing = paths
        while true {
            let portion = try await mirror.firstParentCommits(from: from, limit: 257)
            for (index, commit) in portion.prefix(256).enumerated() {
                if commit == old || missing.isEmpty { return found }
                let parent = index + 1 < portion.count ? portion[index + 1] : nil
                for path in try await self.paths(missing, touchedFrom: parent, to: commit) {
                    missing.remove(path)
                    found[path] = commit
                }
            }
            guard portion.count == 257, let next = portion.last else { return found }
            from = next
        }
    }

    /// Those of some paths that a commit touched; where its tree cannot be walked, each is looked up by itself.
    private func paths(
        _ missing: Set<String>, touchedFrom parent: ObjectID?, to commit: ObjectID
    ) async throws(GitError) -> [String] {
        do throws(GitError) {
            return try await mirror.changes(from: parent, to: commit).map(\.path).filter(missing.contains)
        } catch {
            guard error.kind != .cancelled else { throw error }
            var found: [String] = []
            for path in missing {
                let before = if let parent { try await mirror.blobID(at: path, in: parent) } else { ObjectID?.none }
                if try await mirror.blobID(at: path, in: commit) != before { found.append(path) }
            }
            return found
        }
    }

    private func read(
        _ path: String, _ blob: ObjectID, by commit: ObjectID?, isTold: Bool, _ complaints: inout Complaints
    ) async throws(GitError) -> Known {
        let (by, isVerified) = try await maker(of: commit, &complaints)
        do {
            let bytes = try await mirror.blob(blob, limit: RequestCoding.limit)
            let request = try RequestCoding.decode(bytes, at: path, by: by, isVerified: isVerified)
            return Known(blob: blob, request: request)
        } catch let error as StatusError {
            if !isTold { complaints.all.append("\(path): no request, passed over: \(error.message)") }
        } catch let error as GitError {
            guard case .tooLarge = error.kind else { throw error }
            if !isTold { complaints.all.append("\(path): no request, passed over: \(error)") }
        } catch {
            throw GitError(.other, "\(error)")
        }
        return Known(blob: blob, request: nil)
    }

    private func maker(
        of commit: ObjectID?, _ complaints: inout Complaints
    ) async throws(GitError) -> (by: String, isVerified: Bool) {
        guard let commit else { return ("somebody", false) }
        if let known = complaints.makers[commit] { return known }
        let information = try await mirror.commit(commit)
        let by = RequestCoding.line("\(information.authorName) <\(information.authorEmail)>")
        let maker = (by: by, isVerified: await isSigned(commit, by: information.authorEmail))
        complaints.makers[commit] = maker
        return maker
    }

    /// Where the check cannot be made, nobody is verified, and that is told.
    private func isSigned(_ commit: ObjectID, by email: String) async -> Bool {
        guard let check else { return false }
        do throws(GitError) {
            guard let signature = try await mirror.signature(of: commit) else { return false }
            return try await check.holds(signature, of: email)
        } catch {
            notice("\(commit.short) counts as unverified: \(error)")
            return false
        }
    }
}
