package import Core

/// A git remote as the engine's shell meets it: a manifest branch with history, and a status branch that is changed by
/// compare-and-swap.
package struct SimulatedRemote {
    /// One commit of the manifest branch. Files are already decoded: the manifest room has tests of its own.
    package struct Commit {
        var revision: Revision
        /// The first one.
        var parent: Int?
        /// Of a merge: the second one.
        var other: Int?
        /// The branch stood here. What a colleague commits on an older clone is never that.
        var isHead = true
        /// How often each manifest was moved so far.
        var places: [ApplicationName: Int] = [:]
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
        let places = (parent ?? head).map { commits[$0].places } ?? [:]
        commits.append(
            Commit(revision: revision, parent: parent ?? head, places: places, fleet: fleet, broken: broken))
        head = commits.count - 1
    }

    /// Adds a commit that gives a manifest another place.
    mutating func move(_ name: ApplicationName) {
        commit(headFleet, broken: headBroken)
        commits[commits.count - 1].places[name, default: 0] += 1
    }

    private func hex(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 40 - digits.count) + digits
    }

    // MARK: What the shell reads

    func isAncestor(_ ancestor: Int, of commit: Int) -> Bool {
        var pending = [commit]
        var seen: Set<Int> = []
        while let here = pending.popLast() {
            if here == ancestor { return true }
            guard here > ancestor, seen.insert(here).inserted else { continue }
            pending += [commits[here].parent, commits[here].other].compactMap { $0 }
        }
        return false
    }

    /// Versions of one manifest on the first-parent line, newest first, one for each commit that changed it.
    ///
    /// With `followsNames` they go on under the name that it had before.
    func versions(of name: ApplicationName, from commit: Int, followsNames: Bool = false) -> [DeclaredVersion] {
        var versions: [DeclaredVersion] = []
        var name = name
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
            if followsNames, before == nil, let former = own?.renamedFrom, let parent,
                commits[parent].fleet[former] != nil
            {
                name = former
            }
            walk = parent
        }
        return versions
    }

    /// What the branch declared of an application at its heads up to one, under whatever name; the newest first.
    func heads(of name: ApplicationName, at commit: Int) -> [(commit: Int, application: Application)] {
        var found: [(commit: Int, application: Application)] = []
        var name = name
        for here in (0...commit).reversed() where commits[here].isHead && !commits[here].broken.contains(name) {
            if let application = commits[here].fleet[name] {
                found.append((here, application))
            } else if let last = found.last,
                let renamed = commits[here].fleet.values.first(where: { $0.renamedFrom == name }),
                commits[last.commit].fleet[renamed.name] == nil
            {
                // A rename that was taken back: for a while it was called otherwise.
                name = renamed.name
                found.append((here, renamed))
            } else if let former = found.last?.application.renamedFrom, let application = commits[here].fleet[former] {
                name = former
                found.append((here, application))
            }
        }
        return found
    }

    /// The heads that declared a release without another in between, up to `commit`; nil where it is not declared there.
    func run(of name: ApplicationName, at commit: Int) -> (digest: Digest, commits: ClosedRange<Int>)? {
        let heads = heads(of: name, at: commit)
        guard let digest = heads.first?.application.release.digest else { return nil }
        let run = heads.prefix { $0.application.release.digest == digest }
        return run.last.map { (digest, $0.commit...commit) }
    }

    /// Whether it is an attempt at the release that `commit` declares, in the run of heads that it belongs to.
    func isCurrent(_ attempt: Attempt, of name: ApplicationName, at commit: Int) -> Bool {
        guard let run = run(of: name, at: commit), run.digest == attempt.digest,
            let begin = index(of: attempt.introduced)
        else { return false }
        return run.commits.contains(begin)
    }

    func index(of revision: Revision) -> Int? {
        guard let number = Int(revision, radix: 16), commits.indices.contains(number - 1) else { return nil }
        return number - 1
    }

    /// Some heads were rewritten, or lie beside the first-parent line: whoever did not look in time cannot know them.
    var hidesHeads: Bool {
        commits.indices.contains { index in
            commits[index].other != nil || index > 0 && commits[index].isHead && commits[index].parent != index - 1
        }
    }

    /// Commits from some up to their beginning, each by its first parent: what whoever took those up could read of.
    func lines(through commits: Set<Int>) -> Set<Int> {
        var lines: Set<Int> = []
        for commit in commits {
            var walk: Int? = commit
            while let here = walk, lines.insert(here).inserted { walk = self.commits[here].parent }
        }
        return lines
    }

    /// The head that was so many heads before.
    func headBefore(_ commit: Int, by count: Int) -> Int {
        let earlier = (0...commit).filter { commits[$0].isHead }
        return earlier[max(0, earlier.count - 1 - count)]
    }

    /// A commit on `base`, and a merge of the head into it: the first parent is not what the branch had.
    mutating func merge(
        _ fleet: [ApplicationName: Application], broken: Set<ApplicationName>, from base: Int,
        strategy: (name: ApplicationName, strategy: StrategyReference)?
    ) {
        guard let head else { return }
        var theirs = commits[base]
        if let strategy { theirs.fleet[strategy.name]?.strategy = strategy.strategy }
        theirs.parent = base
        theirs.other = nil
        theirs.isHead = false
        theirs.revision = hex(commits.count + 1)
        commits.append(theirs)
        commit(fleet, broken: broken, on: commits.count - 1)
        commits[commits.count - 1].other = head
        commits[commits.count - 1].places = commits[head].places
    }

    /// Whether nothing that is missing at `new` was taken up from a commit that `new` does not descend from.
    private func descendsFromRecorded(_ new: Int) -> Bool {
        statuses.values.allSatisfy { status in
            guard status.removal?.doneAt == nil, commits[new].fleet[status.application] == nil else { return true }
            guard let commit = index(of: status.observedRevision) else { return false }
            return isAncestor(commit, of: new)
        }
    }

    /// The heads after `old` and before `new`, the oldest first: those on the first-parent line that come after `old`.
    private func between(_ old: Int, _ new: Int) -> [Int] {
        var line: [Int] = []
        var walk = commits[new].parent
        while let here = walk, here != old, isAncestor(old, of: here) {
            line.append(here)
            walk = commits[here].parent
        }
        return line.reversed()
    }

    /// What commits between two heads said of an application, under the name that it had before too.
    private func between(_ old: Int, _ new: Int, of application: Application) -> [DeclaredVersion] {
        let heads = between(old, new)
        var names = [application.name]
        var earlier = application.renamedFrom
        while let name = earlier, !names.contains(name) {
            names.insert(name, at: 0)
            earlier = heads.reversed().lazy.compactMap { commits[$0].fleet[name]?.renamedFrom }.first
        }
        var former = old
        return heads.flatMap { here -> [DeclaredVersion] in
            defer { former = here }
            return names.compactMap { name in
                let declared = commits[here].broken.contains(name) ? nil : commits[here].fleet[name]
                let before = commits[former].broken.contains(name) ? nil : commits[former].fleet[name]
                guard let declared, declared != before else { return nil }
                return DeclaredVersion(revision: commits[here].revision, application: declared)
            }
        }
    }

    /// Whether a head says other than the one before it, or a commit between them did: declaring a release anew counts,
    /// however soon.
    private func isTouched(_ application: Application, after old: Int, through new: Int) -> Bool {
        commits[old].fleet[application.name] != application
            || commits[old].places[application.name] != commits[new].places[application.name]
            || commits[old].broken.contains(application.name)
            || !between(old, new, of: application).isEmpty
    }

    /// As the shell of the daemon asks the repository.
    private func trail(of application: Application, from old: Int?, to new: Int) -> Trail {
        var trail = Trail()
        var isRecorded = old != nil
        if let old {
            if isAncestor(old, of: new) {
                trail.between = between(old, new, of: application)
            } else {
                trail.broken = "rewritten"
            }
        } else if let past = record(of: application)?.past, let from = index(of: past.head) {
            isRecorded = true
            if isAncestor(from, of: new) {
                trail.between = between(from, new, of: application)
            } else {
                trail.broken = "rewritten"
            }
        }
        let isDark = application.activation == .inactive
        if isDark, old != nil || record(of: application)?.past?.otherActive == nil {
            isRecorded = false
        }
        if isDark && !isRecorded || record(of: application) != nil && !isRecorded {
            let versions = versions(of: application.name, from: new, followsNames: true)
            trail.line = DeclaredLine(versions: versions.filter { $0.revision != commits[new].revision })
        }
        return trail
    }

    private func record(of application: Application) -> Status? {
        func standing(_ name: ApplicationName) -> Status? {
            statuses[name].flatMap { $0.removal?.doneAt == nil ? $0 : nil }
        }
        if let own = standing(application.name), own.past != nil || own.stable != nil { return own }
        return application.renamedFrom.flatMap(standing) ?? standing(application.name)
    }

    /// What changed between two heads, as the engine is told of it.
    /// `held` is what could not be read at the head that was reported last, with the last head at which it could.
    func change(
        from old: Int?, to new: Int, gates: [String: Gate], held: [ApplicationName: Int] = [:]
    ) -> FleetChange {
        let here = commits[new]
        let isForward = old.map { isAncestor($0, of: new) } ?? descendsFromRecorded(new)
        var change = FleetChange(
            revision: here.revision, isComplete: here.broken.isEmpty && isForward, declared: [], isFull: old == nil)
        if let broken = here.broken.min() {
            change.obstacle = "fleet/\(broken).yaml:1:1: error: cannot be decoded"
        } else if !isForward {
            change.obstacle = "\(here.revision) was rewritten"
            change.isRewritten = true
        }
        let before = old.map { commits[$0] }
        for (name, application) in here.fleet.sorted(by: { $0.key < $1.key }) {
            if here.broken.contains(name) {
                change.held[name] = "fleet/\(name).yaml:1:1: error: cannot be decoded"
                continue
            }
            if let old, isForward, !isTouched(application, after: old, through: new) { continue }
            guard case .inline(let strategy) = application.strategy else { continue }
            var declaration = Declaration(
                application: application, strategy: strategy, gates: gates,
                partitions: topics.partitions(of: application), revision: here.revision, introduced: here.revision)
            declaration.trail = trail(of: application, from: old.map { held[name] ?? $0 }, to: new)
            change.declared.append(declaration)
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
