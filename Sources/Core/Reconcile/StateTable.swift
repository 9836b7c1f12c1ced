/// The applications that the engine knows, by name.
///
/// A hash table is up to two thirds empty; each state stands outside of it, so that emptiness costs little.
struct StateTable: Sendable {
    private var states: [ApplicationName: Indirect<ApplicationState>] = [:]

    /// In no particular order: sort before anything is decided by it.
    var names: some Collection<ApplicationName> { states.keys }

    subscript(name: ApplicationName) -> ApplicationState? {
        get { states[name]?.wrappedValue }
        // In place: a state has many parts, and most changes are to one of them.
        _modify {
            yield &states[name, default: Indirect(wrappedValue: nil)].wrappedValue
            if states[name]?.wrappedValue == nil { states[name] = nil }
        }
    }

    func contains(where predicate: (ApplicationState) -> Bool) -> Bool {
        states.values.contains { $0.wrappedValue.map(predicate) ?? false }
    }
}
