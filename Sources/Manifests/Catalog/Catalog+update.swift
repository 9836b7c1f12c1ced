internal import Core

extension CatalogPlaces {
    /// Whether all are without error and the same documents at the same places.
    fileprivate func says(_ other: CatalogPlaces) -> Bool {
        let (a, b) = (all, other.all)
        return a.count == b.count && zip(a, b).allSatisfy { $0.document != nil && $0.says($1) }
    }
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
        var work = CatalogWork()
        take(changes, &work)
        return settle(&work)
    }

    /// Takes files up without judging them; ``settle(_:)`` has to follow before anything is asked.
    mutating func take(_ changes: [(path: String, file: ManifestFile?)], _ work: inout CatalogWork) {
        for (path, file) in changes { take(file, at: path, &work) }
    }

    /// Judges what was taken up.
    mutating func settle(_ work: inout CatalogWork) -> CatalogChange {
        note(&work)
        judge(&work)
        var change = report(work)
        settleAbsentees(work, &change)
        for id in work.touched { nodes[Int(id)].work = [] }
        for id in work.judged { nodes[Int(id)].work = [] }
        for id in work.loose { freeIfLoose(id) }
        return change
    }

    private mutating func take(_ file: ManifestFile?, at path: String, _ work: inout CatalogWork) {
        let isKept = file.map { keeps($0, at: path) } ?? false
        let new = isKept ? file.map { made($0, at: path) } : nil
        let old = new.map { files.updateValue($0, forKey: path) } ?? files.removeValue(forKey: path)
        if let old {
            let declared = declared(in: old)
            for id in declared { touch(id, &work) }
            drop(old)
            work.loose += declared
            work.loose += old.documents.lazy.flatMap(\.references).map(\.node).filter { $0 >= 0 }
        }
        if let new {
            for id in declared(in: new) { touch(id, &work) }
            add(new)
        }
    }

    /// Of others' files only those matter that once declared something, or may be meant to.
    private func keeps(_ file: ManifestFile, at path: String) -> Bool {
        guard file.reading == .others || file.reading == .ignored, file.skippedNames.isEmpty else { return true }
        return files[path] != nil || !absentees.isEmpty && absentees.values.contains { $0.path == path }
    }

    private mutating func touch(_ id: NodeID, _ work: inout CatalogWork) {
        guard nodes[Int(id)].work.insert(.touched).inserted else { return }
        work.touched.append(id)
        let places = nodes[Int(id)].places
        guard !places.isEmpty else { return }
        work.before[id] = CatalogWork.Before(places: places, targets: Set(targets(of: places).lazy.map(\.node)))
    }

    /// What is referred to in any of a name's declarations, stages left out; some perhaps more than once.
    func targets(of places: CatalogPlaces) -> [CatalogReference] {
        if let only = places.only {
            guard let references = only.document?.references else { return [] }
            return references.contains { $0.node < 0 } ? references.filter { $0.node >= 0 } : references
        }
        return places.all.flatMap { $0.document?.references ?? [] }.filter { $0.node >= 0 }
    }

    /// Brings the users up to date and finds what must be judged.
    private mutating func note(_ work: inout CatalogWork) {
        var applications: [NodeID] = []
        for id in work.touched {
            let old = work.before.isEmpty ? nil : work.before[id]
            let now = nodes[Int(id)].places
            link(id, from: old?.targets ?? [], to: targets(of: now))
            if let old, old.places.says(now) { continue }
            add(id, &work)
            var saysTheSame = false
            if let old, let a = old.places.only?.document?.object, let b = now.only?.document?.object {
                saysTheSame = a.says(b)
            }
            if nodes[Int(id)].kind == .application {
                applications.append(id)
                if !saysTheSame || old?.places.first?.path != now.first?.path { nodes[Int(id)].work.insert(.changed) }
                if (old == nil) != now.isEmpty { for user in nodes[Int(id)].users { add(user, &work) } }
            } else if !saysTheSame {
                spread(id, &work)
            }
        }
        for id in findCycles(through: applications) { add(id, &work) }
    }

    private mutating func link(_ id: NodeID, from old: Set<NodeID>, to new: [CatalogReference]) {
        if !old.isEmpty {
            for target in old.subtracting(new.lazy.map(\.node)) { nodes[Int(target)].users.remove(id) }
        }
        for reference in new { nodes[Int(reference.node)].users.insert(id) }
    }

    /// Whether a topic's partitions say how many replicas of an application may be active.
    private func dividesByPartition(_ user: NodeID, of topic: String) -> Bool {
        guard case .application(let declared)? = object(user) else { return false }
        return declared.application.release.components.contains { component in
            component.subscriptions.contains { $0.exclusive && $0.topic == topic }
        }
    }

    /// Has everything judged again that uses an object which is no application.
    private mutating func spread(_ id: NodeID, _ work: inout CatalogWork) {
        for user in nodes[Int(id)].users {
            add(user, &work)
            if nodes[Int(id)].kind == .topic, !dividesByPartition(user, of: nodes[Int(id)].name) { continue }
            if nodes[Int(user)].kind == .application {
                nodes[Int(user)].work.insert(.changed)
            } else {
                spread(user, &work)
            }
        }
    }

    private mutating func add(_ id: NodeID, _ work: inout CatalogWork) {
        if nodes[Int(id)].work.insert(.waiting).inserted { work.queue.append(id) }
    }

    private mutating func judge(_ work: inout CatalogWork) {
        let queue = work.queue
        work.queue.removeAll(keepingCapacity: true)
        for rank in 0..<Kind.allCases.count { work.queue += queue.lazy.filter { nodes[Int($0)].kind.rank == rank } }
        while work.position < work.queue.count {
            let id = work.queue[work.position]
            work.position += 1
            nodes[Int(id)].work.remove(.waiting)
            judge(id, &work)
        }
    }

    private mutating func judge(_ id: NodeID, _ work: inout CatalogWork) {
        let judgement = judge(id)
        let old = problem(of: id)
        if nodes[Int(id)].work.insert(.judged).inserted {
            work.judged.append(id)
            if let old { work.problems[id] = old }
        }
        if !judgement.findings.isEmpty {
            crossFindings[id] = judgement.findings
        } else if !crossFindings.isEmpty {
            crossFindings[id] = nil
        }
        if nodes[Int(id)].kind == .strategy {
            let references = nodes[Int(id)].places.only?.document?.references ?? []
            gates[id] = self.gates(named: references)
        }
        guard old != judgement.problem else { return }
        problems[id] = judgement.problem
        for user in nodes[Int(id)].users { add(user, &work) }
    }

    private func report(_ work: CatalogWork) -> CatalogChange {
        var change = CatalogChange()
        var valid: [NodeID] = []
        for id in work.judged where nodes[Int(id)].kind == .application && isDeclared(id) {
            if let problem = problem(of: id) {
                change.held[nodes[Int(id)].name] = problem
            } else if work.problems[id] != nil || nodes[Int(id)].work.contains(.changed) {
                valid.append(id)
            }
        }
        valid.sort { nodes[Int($0)].name < nodes[Int($1)].name }
        change.declared = valid.compactMap { entry(of: $0) }
        return change
    }

    /// Decides about applications that are not declared any more whether they are gone.
    private mutating func settleAbsentees(_ work: CatalogWork, _ change: inout CatalogChange) {
        for (id, before) in work.before where nodes[Int(id)].kind == .application && !isDeclared(id) {
            absentees[nodes[Int(id)].name] = Absentee(path: before.places.first?.path)
        }
        for (name, absentee) in absentees {
            if isDeclared(name) {
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
        if let place = unknownKinds[name]?.first { return place.cause }
        if let place = skippedNames[name]?.first {
            return Finding(
                path: place.path, mark: place.mark, code: .skippedDocument,
                message:
                    "this names the application \"\(name)\", but its apiVersion is not \(ManifestDecoder.apiVersion)")
        }
        if let finding = path.flatMap({ reasonOfItsPlace(name, $0) }) { return finding }
        if let hidden = hiddenPaths.min(), let finding = files[hidden]?.findings.first { return finding }
        for path in path.map({ [$0] }) ?? incompletePaths.sorted() {
            guard let file = files[path] else { continue }
            if let broken = file.broken.first(where: { $0.name == nil && ($0.kind ?? .application) == .application }) {
                return file.cause(at: broken.mark)
            }
            if file.isCutShort {
                return file.findings.last { $0.severity == .error }
                    ?? Finding(path: path, mark: .start, code: .syntax, message: "this file could not be read")
            }
        }
        return nil
    }

    /// Why an application counts as declared where it was declared before: a file that is still there and is not read
    /// has not said that it is to go.
    private func reasonOfItsPlace(_ name: String, _ path: String) -> Finding? {
        let after = "delete it there, or delete the file, if \"\(name)\" is to go"
        switch files[path]?.reading {
        case .others:
            return Finding(
                path: path, mark: .start, code: .skippedDocument,
                message: "this declared the application \"\(name)\", and has no apiVersion of sluice.dev/ any more; "
                    + "put it back, or delete the file if \"\(name)\" is to go")
        case .ignored:
            return Finding(
                path: path, mark: .start, code: .ignored,
                message: "this declared the application \"\(name)\", and .sluiceignore passes it over now; \(after)")
        case .read, .symbolicLink, .submodule, .hidden, nil: break
        }
        if leadingElsewhere.isEmpty { return nil }
        for (index, byte) in zip(path.utf8.indices, path.utf8) where byte == UInt8(ascii: "/") {
            let folder = String(path[..<index])
            guard leadingElsewhere.contains(folder), let file = files[folder] else { continue }
            return Finding(
                path: folder, mark: .start, code: .notFollowed,
                message: "\"\(name)\" was declared in a folder of this name, and \(file.reading.words), which is not "
                    + "followed; put the folder back, or name the \(file.reading == .submodule ? "submodule" : "link") in "
                    + ".sluiceignore if \"\(name)\" is to go")
        }
        return nil
    }
}

extension Reading {
    fileprivate var words: String { self == .submodule ? "this is a submodule" : "this is a symbolic link" }
}
