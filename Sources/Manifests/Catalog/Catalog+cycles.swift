internal import Core

extension Catalog {
    /// Finds the circles of dependencies again in which applications are or were.
    ///
    /// - Returns: Applications that came into a circle, left one, or are in one that is now another.
    mutating func findCycles(through names: [ApplicationName]) -> [ApplicationName] {
        var old: [ApplicationName: Cycle] = [:]
        var roots = Set(names)
        for name in names {
            for member in cycles[name]?.members ?? [] {
                roots.insert(member)
                old[member] = cycles[member]
            }
        }
        for name in roots { cycles[name] = nil }
        var search = CycleSearch()
        for name in roots.sorted() where hasUsersAndDependencies(name) {
            for members in search.circles(from: name, dependencies: { dependencies(of: $0) }) {
                let sorted = members.sorted()
                let cycle = Cycle(members: sorted, finding: finding(of: sorted))
                for member in members {
                    if let known = cycles[member] { old[member] = known }
                    cycles[member] = cycle
                    roots.insert(member)
                }
            }
        }
        return roots.filter { old[$0] != cycles[$0] }.sorted()
    }

    private func hasUsersAndDependencies(_ name: ApplicationName) -> Bool {
        users[CatalogKey(kind: .application, name: name)] != nil && !dependencies(of: name).isEmpty
    }

    private func dependencies(of name: ApplicationName) -> [ApplicationName] {
        let places = places[CatalogKey(kind: .application, name: name)] ?? []
        return places.flatMap { place -> [ApplicationName] in
            guard case .application(let declared)? = object(at: place) else { return [] }
            return declared.application.dependsOn
        }
    }

    /// Names the shortest circle through the first of its members.
    private func finding(of members: [ApplicationName]) -> Finding {
        let start = members.first ?? ""
        let inside = Set(members)
        var cameFrom: [ApplicationName: ApplicationName] = [:]
        var queue = [start]
        var position = 0
        while position < queue.count, cameFrom[start] == nil {
            for next in dependencies(of: queue[position]).sorted() where inside.contains(next) && cameFrom[next] == nil
            {
                cameFrom[next] = queue[position]
                if next != start { queue.append(next) }
            }
            position += 1
        }
        var way = [start]
        while let last = way.last, let before = cameFrom[last] {
            way.append(before)
            if before == start { break }
        }
        way.reverse()
        let (path, mark) = place(of: start, dependingOn: way.dropFirst().first ?? start)
        let message = "these applications depend on each other: \(way.joined(separator: " → "))"
        return Finding(path: path, mark: mark, code: .dependencyCycle, message: message)
    }

    private func place(of name: ApplicationName, dependingOn other: ApplicationName) -> (String, Mark) {
        for place in places[CatalogKey(kind: .application, name: name)] ?? [] {
            guard case .application(let declared)? = object(at: place) else { continue }
            let isMeant = { (reference: DeclaredApplication.Reference) in
                reference.target == .dependency && reference.name == other
            }
            if let reference = declared.references.first(where: isMeant) { return (place.path, reference.mark) }
        }
        return ("", .start)
    }
}

/// Finds strongly connected components (Tarjan), without recursion: chains may be long.
private struct CycleSearch {
    private struct Frame {
        var name: ApplicationName
        var dependencies: [ApplicationName]
        var position = 0
    }

    private var order: [ApplicationName: Int] = [:]
    private var low: [ApplicationName: Int] = [:]
    private var open: Set<ApplicationName> = []

    init() {}

    /// Circles among what can be reached from an application and was not reached before.
    mutating func circles(
        from root: ApplicationName, dependencies: (ApplicationName) -> [ApplicationName]
    ) -> [[ApplicationName]] {
        guard order[root] == nil else { return [] }
        var circles: [[ApplicationName]] = []
        var stack: [ApplicationName] = []
        var frames: [Frame] = []
        func enter(_ name: ApplicationName, _ search: inout CycleSearch) {
            search.low[name] = search.order.count
            search.order[name] = search.order.count
            search.open.insert(name)
            stack.append(name)
            frames.append(Frame(name: name, dependencies: dependencies(name)))
        }
        enter(root, &self)
        while let frame = frames.last {
            if frame.position < frame.dependencies.count {
                frames[frames.count - 1].position += 1
                let next = frame.dependencies[frame.position]
                if let known = order[next] {
                    if open.contains(next) { low[frame.name] = min(low[frame.name] ?? known, known) }
                } else {
                    enter(next, &self)
                }
                continue
            }
            frames.removeLast()
            let reach = low[frame.name] ?? 0
            if let parent = frames.last { low[parent.name] = min(low[parent.name] ?? reach, reach) }
            guard reach == order[frame.name] else { continue }
            var members: [ApplicationName] = []
            while let member = stack.popLast() {
                open.remove(member)
                members.append(member)
                if member == frame.name { break }
            }
            if members.count > 1 || frame.dependencies.contains(frame.name) { circles.append(members) }
        }
        return circles
    }
}
