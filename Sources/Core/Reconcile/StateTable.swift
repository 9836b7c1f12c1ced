/// The applications that the engine knows, by name.
///
/// A hash table is up to two thirds empty; each state stands outside of it, so that emptiness costs little.
struct StateTable: Sendable {
    private var states: [ApplicationName: Indirect<ApplicationState>] = [:]

    /// How many are busy.
    private(set) var busy = 0
    /// How many of those have not failed again and again.
    private(set) var hopeful = 0

    /// So many failures in a row are again and again.
    private static var patience: Int { 5 }

    /// In no particular order: sort before anything is decided by it.
    var names: some Collection<ApplicationName> { states.keys }

    subscript(name: ApplicationName) -> ApplicationState? {
        get { states[name]?.wrappedValue }
        // In place: a state has many parts, and most changes are to one of them.
        _modify {
            count(states[name]?.wrappedValue, by: -1)
            yield &states[name, default: Indirect(wrappedValue: nil)].wrappedValue
            let state = states[name]?.wrappedValue
            count(state, by: 1)
            if state == nil { states[name] = nil }
        }
    }

    private mutating func count(_ state: ApplicationState?, by step: Int) {
        guard let state, state.isBusy else { return }
        busy += step
        if state.failures < Self.patience { hopeful += step }
    }
}
