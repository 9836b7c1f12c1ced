import Core
import Git
import Manifests

extension GitRequestSource {
    /// Reads what stands at a commit, as far as it was touched since what is known.
    func index(_ tip: ObjectID) async throws(GitError) {
        var blobs: [String: ObjectID] = [:]
        for path in try await files(at: tip) { blobs[path.path] = path.new }
        var authors = try await touched(in: tip, since: indexed, of: Set(blobs.keys))
        // What there was no room for before may have been touched long ago.
        let unknown = blobs.filter { authors[$0.key] == nil && known[$0.key]?.blob != $0.value }
        if !unknown.isEmpty {
            authors.merge(try await touched(in: tip, since: nil, of: Set(unknown.keys))) { $1 }
        }
        var fresh: [String: Known] = [:]
        for (path, blob) in blobs.sorted(by: { $0.key < $1.key }) {
            if authors[path] == nil, let before = known[path], before.blob == blob {
                fresh[path] = before
                continue
            }
            let wasTold = known[path].map { $0.blob == blob && $0.request == nil } ?? false
            fresh[path] = try await read(path, blob, by: authors[path], isTold: wasTold)
        }
        known = fresh
        indexed = tip
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
                for change in try await mirror.changes(from: parent, to: commit) {
                    if missing.remove(change.path) != nil { found[change.path] = commit }
                }
            }
            guard portion.count == 257, let next = portion.last else { return found }
            from = next
        }
    }

    private func read(
        _ path: String, _ blob: ObjectID, by commit: ObjectID?, isTold: Bool
    ) async throws(GitError) -> Known {
        var (by, isVerified) = ("somebody", false)
        if let commit {
            let information = try await mirror.commit(commit)
            by = RequestCoding.line("\(information.authorName) <\(information.authorEmail)>")
            isVerified = await isSigned(commit, by: information.authorEmail)
        }
        do {
            let bytes = try await mirror.blob(blob, limit: RequestCoding.limit)
            let request = try RequestCoding.decode(bytes, at: path, by: by, isVerified: isVerified)
            return Known(blob: blob, request: request)
        } catch let error as StatusError {
            if !isTold { notice("\(path): no request, passed over: \(error.message)") }
        } catch let error as GitError {
            guard case .tooLarge = error.kind else { throw error }
            if !isTold { notice("\(path): no request, passed over: \(error)") }
        } catch {
            throw GitError(.other, "\(error)")
        }
        return Known(blob: blob, request: nil)
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
