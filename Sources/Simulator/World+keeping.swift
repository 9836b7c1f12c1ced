import Core

/// A world in parts, so that keeping it costs what changed and not what there is.
extension World {
    /// An application's part, at its position.
    package struct Part: Sendable, Codable {
        package var position: Int
        let state: ApplicationWorld

        private enum CodingKeys: String, CodingKey {
            case position, state
        }
    }

    /// What there is beside the applications: small, and kept as a whole.
    package var withoutApplications: World {
        var head = self
        (head.states, head.index, head.timeline) = (ApplicationTable(), [:], Timeline())
        return head
    }

    /// What changed since ``forgetChanges()``, or since the world began.
    package var changes: [Part] {
        states.changed.map { position in
            var state = states[position]
            // Older reports are for what is read late, which is nobody's that starts anew.
            state.recent = state.recent.suffix(1)
            return Part(position: position, state: state)
        }
    }

    /// Takes what changed for kept.
    package mutating func forgetChanges() { states.forgetChanges() }

    /// The world of which ``withoutApplications`` and all parts were kept; nil where a part is missing, or is there
    /// twice.
    package init?(_ head: World, parts: [Part]) {
        let parts = parts.sorted { $0.position < $1.position }
        guard parts.map(\.position) == Array(parts.indices) else { return nil }
        self = head
        states = ApplicationTable(kept: parts.map(\.state))
        index = [:]
        for part in parts {
            guard index.updateValue(part.position, forKey: part.state.name) == nil else { return nil }
            if let due = part.state.due { timeline.add(part.position, at: due) }
        }
    }
}
