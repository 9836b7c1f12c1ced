internal import Core

extension Catalog {
    /// Finds the circles of dependencies again in which applications are or were.
    ///
    /// - Returns: Applications that came into a circle, left one, or are in one that is now another.
    mutating func findCycles(through applications: [NodeID]) -> [NodeID] {
        let candidates = applications.filter { hasUsersAndDependencies($0) || !cycles.isEmpty && cycles[$0] != nil }
        if candidates.isEmpty { return [] }
        var old: [NodeID: Cycle] = [:]
        var roots = Set(candidates)
        for id in candidates {
            for member in cycles[id]?.members ?? [] {
                roots.insert(member)
                old[member] = cycles[member]
            }
        }
        for id in roots { cycles[id] = nil }
        var search = CycleSearch()
        for id in sorted(roots) where hasUsersAndDependencies(id) {
            for members in search.circles(from: id, dependencies: { dependencies(of: $0) }) {
                let sorted = sorted(members)
                let cycle = Cycle(members: sorted, finding: finding(of: sorted))
                for member in members {
                    if let known = cycles[member] { old[member] = known }
                    cycles[member] = cycle
                    roots.insert(member)
                }
            }
        }
        return sorted(roots.filter { old[$0] != cycles[$0] })
    }

    private func sorted(_ ids: some Sequence<NodeID>) -> [NodeID] {
        ids.sorted { nodes[Int($0)].name < nodes[Int($1)].name }
    }

    private func hasUsersAndDependencies(_ id: NodeID) -> Bool {
        !nodes[Int(id)].users.isEmpty && !dependencies(of: id).isEmpty
    }

    private func dependencies(of id: NodeID) -> [NodeID] {
        targets(of: nodes[Int(id)].places).lazy.filter { $0.target == .dependency }.map(\.node)
    }

    /// Names the shortest circle through the first of its members.
    private func finding(of members: [NodeID]) -> Finding {
        let start = members[0]
        let inside = Set(members)
        var cameFrom: [NodeID: NodeID] = [:]
        var queue = [start]
        var position = 0
        while position < queue.count, cameFrom[start] == nil {
            for next in sorted(dependencies(of: queue[position])) where inside.contains(next) && cameFrom[next] == nil {
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
        let names = way.map { nodes[Int($0)].name }
        let message = "these applications depend on each other: \(names.joined(separator: " → "))"
        return Finding(path: path, mark: mark, code: .dependencyCycle, message: message)
    }

    private func place(of id: NodeID, dependingOn other: NodeID) -> (String, Mark) {
        for place in nodes[Int(id)].places.all {
            let reference = place.document?.references.first { $0.target == .dependency && $0.node == other }
            if let reference { return (place.path, reference.mark) }
        }
        return ("", .start)
    }
}

/// Finds strongly connected components (Tarjan), without recursion: chains may be long.
private struct CycleSearch {
    private struct Frame {
        var name: NodeID
        var dependencies: [NodeID]
        var position = 0
    }

    private var order: [NodeID: Int] = [:]
    private var low: [NodeID: Int] = [:]
    private var open: Set<NodeID> = []

    init() {}

    /// Circles among what can be reached from an application and was not reached before.
    mutating func circles(
        from root: NodeID, dependencies: (NodeID) -> [NodeID]
    ) -> [[NodeID]] {
        guard order[root] == nil else { return [] }
        var circles: [[NodeID]] = []
        var stack: [NodeID] = []
        var frames: [Frame] = []
        func enter(_ name: NodeID, _ search: inout CycleSearch) {
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
            var members: [NodeID] = []
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
