package import Core

/// A git remote as the engine's shell meets it: a manifest branch with history, and a status branch that is changed by
/// compare-and-swap.
package struct SimulatedRemote {
    /// One commit of the manifest branch. Files are already decoded: the manifest room has tests of its own.
    package struct Commit {
        var revision: Revision
        var parent: Int?
        var fleet: [ApplicationName: Application]
        /// Applications whose manifest does not decode.
        var broken: Set<ApplicationName>
    }

    /// What the fleet's consumers subscribe to.
    var topics: [String: Topic] = [:]
    package private(set) var commits: [Commit] = []
    package private(set) var head: Int?
    package private(set) var statuses: [ApplicationName: Status] = [:]
    /// Commits of the status branch so far.
    package private(set) var statusCommits = 0
    package private(set) var epoch = 0
    /// Requests that stand, and the number of changes of them.
    package private(set) var requests: [Request] = []
    private(set) var requestCommits = 0
    /// Everything that was ever asked, whether it still stands or not.
    private(set) var asked: Set<Request> = []

    package var headFleet: [ApplicationName: Application] { head.map { commits[$0].fleet } ?? [:] }
    var headBroken: Set<ApplicationName> { head.map { commits[$0].broken } ?? [] }

    /// Adds a commit on top of the head, or of `parent` where the history is rewritten.
    mutating func commit(
        _ fleet: [ApplicationName: Application], broken: Set<ApplicationName> = [], on parent: Int? = nil
    ) {
        let revision = hex(commits.count + 1)
        commits.append(Commit(revision: revision, parent: parent ?? head, fleet: fleet, broken: broken))
        head = commits.count - 1
    }

    private func hex(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 40 - digits.count) + digits
    }

    // MARK: What the shell reads

    func isAncestor(_ ancestor: Int, of commit: Int) -> Bool {
        var walk: Int? = commit
        while let here = walk, here >= ancestor {
            if here == ancestor { return true }
            walk = commits[here].parent
        }
        return false
    }

    /// Versions of one manifest on the first-parent line, newest first, one for each commit that changed it.
    func versions(of name: ApplicationName, from commit: Int) -> [DeclaredVersion] {
        var versions: [DeclaredVersion] = []
        var walk: Int? = commit
        while let here = walk {
            let parent = commits[here].parent
            let isBroken = commits[here].broken.contains(name)
            let own = commits[here].fleet[name]
            let before = parent.flatMap { commits[$0].fleet[name] }
            let wasBroken = parent.map { commits[$0].broken.contains(name) } ?? false
            if !isBroken, own != before || wasBroken || parent == nil {
                versions.append(DeclaredVersion(revision: commits[here].revision, application: own))
            }
            walk = parent
        }
        return versions
    }

    /// Whether nothing that is missing at `new` was taken up from a commit that `new` does not descend from.
    private func descendsFromRecorded(_ new: Int) -> Bool {
        statuses.values.allSatisfy { status in
            guard status.removal?.doneAt == nil, commits[new].fleet[status.application] == nil else { return true }
            guard let commit = commits.firstIndex(where: { $0.revision == status.observedRevision }) else {
                return false
            }
            return isAncestor(commit, of: new)
        }
    }

    /// Whether any commit between two heads changed a manifest, though the last may have changed it back: declaring a
    /// release anew counts, however soon.
    private func isTouched(_ name: ApplicationName, after old: Int, through new: Int) -> Bool {
        var walk: Int? = new
        while let here = walk, here > old {
            let parent = commits[here].parent
            if commits[here].fleet[name] != parent.flatMap({ commits[$0].fleet[name] }) { return true }
            if commits[here].broken.contains(name) != (parent.map { commits[$0].broken.contains(name) } ?? false) {
                return true
            }
            walk = parent
        }
        return false
    }

    /// What changed between two heads, as the engine is told of it.
    func change(from old: Int?, to new: Int, gates: [String: Gate]) -> FleetChange {
        let here = commits[new]
        let isForward = old.map { isAncestor($0, of: new) } ?? descendsFromRecorded(new)
        var change = FleetChange(
            revision: here.revision, isComplete: here.broken.isEmpty && isForward, declared: [], isFull: old == nil)
        let before = old.map { commits[$0] }
        for (name, application) in here.fleet.sorted(by: { $0.key < $1.key }) {
            if here.broken.contains(name) {
                change.held[name] = "fleet/\(name).yaml:1:1: error: cannot be decoded"
                continue
            }
            if let old, isForward, !isTouched(name, after: old, through: new) { continue }
            guard case .inline(let strategy) = application.strategy else { continue }
            change.declared.append(
                Declaration(
                    application: application, strategy: strategy, gates: gates,
                    partitions: topics.partitions(of: application),
                    revision: here.revision,
                    versions: versions(of: name, from: new)))
        }
        for name in here.broken where here.fleet[name] == nil { change.held[name] = "cannot be decoded" }
        if let before {
            change.gone = before.broken.union(before.fleet.keys).filter {
                here.fleet[$0] == nil && !here.broken.contains($0)
            }.sorted()
        }
        return change
    }

    // MARK: The requests branch

    mutating func ask(_ request: Request) {
        guard !requests.contains(where: { $0.id == request.id }) else { return }
        requests.append(request)
        asked.insert(request)
        requestCommits += 1
    }

    mutating func takeBack(where predicate: (Request) -> Bool) {
        let count = requests.count
        requests.removeAll(where: predicate)
        if requests.count != count { requestCommits += 1 }
    }

    // MARK: The status branch

    mutating func lead() -> (epoch: Int, statuses: [Status]) {
        epoch += 1
        statusCommits += 1
        return (epoch, statuses.values.sorted { $0.application < $1.application })
    }

    /// - Returns: false where a higher epoch stands on the branch.
    mutating func push(_ updates: [StatusUpdate], epoch: Int) -> Bool {
        guard epoch >= self.epoch else { return false }
        for update in updates { statuses[update.status.application] = update.status }
        statusCommits += 1
        return true
    }
}

extension [String: Topic] {
    /// By consumer component with exclusive subscriptions, the fewest partitions of its topics, as the manifests room
    /// works it out.
    func partitions(of application: Application) -> [String: Int] {
        var partitions: [String: Int] = [:]
        for component in application.release.components {
            let fewest = component.subscriptions.filter(\.exclusive).compactMap { self[$0.topic]?.partitions }.min()
            if let fewest { partitions[component.name] = fewest }
        }
        return partitions
    }
}
