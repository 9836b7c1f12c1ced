internal import Core

/// What one update has to look at again.
private struct Work {
    var queue: [CatalogKey] = []
    var position = 0
    var waiting: Set<CatalogKey> = []
    /// Problems before the update of everything that was judged.
    var before: [CatalogKey: Finding?] = [:]
    /// Applications whose entries have changed.
    var changed: Set<CatalogKey> = []

    mutating func add(_ key: CatalogKey) {
        if waiting.insert(key).inserted { queue.append(key) }
    }

    mutating func next() -> CatalogKey? {
        guard position < queue.count else { return nil }
        defer { position += 1 }
        waiting.remove(queue[position])
        return queue[position]
    }
}

/// An object as it was declared before an update.
private struct Snapshot {
    var places: [CatalogPlace]
    var objects: [Object?]
    var targets: [CatalogKey]
}

extension Object {
    /// Whether two declarations say the same, wherever they stand.
    fileprivate func says(_ other: Object) -> Bool {
        switch (self, other) {
        case (.application(let a), .application(let b)): a.application == b.application
        case (.strategy(let a), .strategy(let b)): a.strategy == b.strategy
        default: self == other
        }
    }
}

extension Catalog {
    /// - Parameter changes: Files as they are now; nil for a path that is gone. The last of several at one path counts.
    /// - Returns: What that means for applications.
    package mutating func update(_ changes: [(path: String, file: ManifestFile?)]) -> CatalogChange {
        var latest: [String: ManifestFile?] = [:]
        var keys: Set<CatalogKey> = []
        for (path, file) in changes {
            latest.updateValue(file, forKey: path)
            keys.formUnion(files[path]?.keys ?? [])
        }
        for case let file? in latest.values { keys.formUnion(file.keys) }
        var snapshots: [CatalogKey: Snapshot] = [:]
        for key in keys where places[key] != nil { snapshots[key] = snapshot(of: key) }
        for path in latest.keys { remove(path) }
        for case (let path, let file?) in latest { insert(file, at: path) }
        var work = Work()
        note(keys.sorted(), since: snapshots, in: &work)
        judge(&work)
        var change = report(work)
        settleAbsentees(snapshots, &change)
        return change
    }

    private func snapshot(of key: CatalogKey) -> Snapshot {
        let places = places[key] ?? []
        return Snapshot(places: places, objects: places.map { object(at: $0) }, targets: targets(of: key))
    }

    /// Brings the reverse index up to date and finds what must be judged.
    private mutating func note(_ keys: [CatalogKey], since snapshots: [CatalogKey: Snapshot], in work: inout Work) {
        var applications: [ApplicationName] = []
        for key in keys {
            let old = snapshots[key]
            let now = snapshot(of: key)
            link(key, from: old?.targets ?? [], to: now.targets)
            let isBroken = now.objects.contains(nil)
            if !isBroken, let old, old.places == now.places, old.objects == now.objects { continue }
            work.add(key)
            if key.kind == .application { applications.append(key.name) }
            var saysTheSame = false
            if let old, old.objects.count == 1, now.objects.count == 1, let a = old.objects[0], let b = now.objects[0] {
                saysTheSame = a.says(b)
            }
            if key.kind == .application {
                if !saysTheSame || old?.places.first?.path != now.places.first?.path { work.changed.insert(key) }
                if (old == nil) != now.places.isEmpty { users[key]?.forEach { work.add($0) } }
            } else if !saysTheSame {
                spread(key, in: &work)
            }
        }
        for name in findCycles(through: applications) { work.add(CatalogKey(kind: .application, name: name)) }
    }

    private mutating func link(_ key: CatalogKey, from old: [CatalogKey], to new: [CatalogKey]) {
        guard old != new else { return }
        for target in Set(old).subtracting(new) {
            users[target]?.remove(key)
            if users[target]?.isEmpty == true { users[target] = nil }
        }
        for target in new { users[target, default: []].insert(key) }
    }

    /// Has everything judged again that uses an object which is no application.
    private func spread(_ key: CatalogKey, in work: inout Work) {
        for user in users[key] ?? [] {
            work.add(user)
            guard key.kind != .topic else { continue }
            if user.kind == .application { work.changed.insert(user) } else { spread(user, in: &work) }
        }
    }

    private mutating func judge(_ work: inout Work) {
        work.queue.sort()
        while let key = work.next() {
            let judgement = judge(key)
            let old = problems[key]
            if work.before[key] == nil { work.before[key] = .some(old) }
            crossFindings[key] = judgement.findings.isEmpty ? nil : judgement.findings
            problems[key] = judgement.problem
            if old != judgement.problem {
                users[key]?.forEach { work.add($0) }
            }
        }
    }

    private func report(_ work: Work) -> CatalogChange {
        var change = CatalogChange()
        for (key, before) in work.before where key.kind == .application && isDeclared(key) {
            if let problem = problems[key] {
                change.held[key.name] = problem
            } else if before != nil || work.changed.contains(key), let entry = declared(key.name) {
                change.declared.append(entry)
            }
        }
        change.declared.sort { $0.application.name < $1.application.name }
        return change
    }

    /// Decides about applications that are not declared any more whether they are gone.
    private mutating func settleAbsentees(_ snapshots: [CatalogKey: Snapshot], _ change: inout CatalogChange) {
        for (key, snapshot) in snapshots where key.kind == .application && !isDeclared(key) {
            absentees[key.name] = Absentee(path: snapshot.places.first?.path)
        }
        for (name, absentee) in absentees {
            if isDeclared(CatalogKey(kind: .application, name: name)) {
                absentees[name] = nil
            } else if let finding = reasonToKeep(name, path: absentee.path) {
                absentees[name]?.finding = finding
                if absentee.finding != finding { change.held[name] = finding }
            } else {
                absentees[name] = nil
                change.gone.append(name)
            }
        }
        change.gone.sort()
    }

    private func reasonToKeep(_ name: String, path: String?) -> Finding? {
        if let place = unknownKinds[name]?.first { return cause(at: place) }
        if let place = skippedNames[name]?.first {
            return Finding(
                path: place.path, mark: place.mark, code: .skippedDocument,
                message:
                    "this names the application \"\(name)\", but its apiVersion is not \(ManifestDecoder.apiVersion)")
        }
        for path in path.map({ [$0] }) ?? incompletePaths.sorted() {
            guard let file = files[path] else { continue }
            if let broken = file.broken.first(where: { $0.name == nil && ($0.kind ?? .application) == .application }) {
                return cause(at: CatalogPlace(path: path, mark: broken.mark))
            }
            if file.isCutShort {
                return file.findings.last { $0.severity == .error }
                    ?? Finding(path: path, mark: .start, code: .syntax, message: "this file could not be read")
            }
        }
        return nil
    }
}
