/// What a world holds of its applications, by position, and of which of them something changed since it was kept last.
///
/// Coded as the array that it is.
struct ApplicationTable: Sendable {
    private var states: [ApplicationWorld] = []
    private var isChanged: [Bool] = []
    /// Positions, each once, in the order in which they changed.
    private(set) var changed: [Int] = []

    /// Where they stand in memory: another place once they were copied, or have grown.
    var place: UInt { states.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }

    init() {}

    /// As they were kept: nothing has changed.
    init(kept states: [ApplicationWorld]) {
        self.states = states
        isChanged = Array(repeating: false, count: states.count)
    }

    mutating func append(_ state: ApplicationWorld) {
        states.append(state)
        isChanged.append(false)
        note(states.count - 1)
    }

    /// They have been kept.
    mutating func forgetChanges() {
        for position in changed { isChanged[position] = false }
        changed = []
    }

    private mutating func note(_ position: Int) {
        guard !isChanged[position] else { return }
        isChanged[position] = true
        changed.append(position)
    }
}

extension ApplicationTable: RandomAccessCollection, MutableCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { states.count }

    subscript(position: Int) -> ApplicationWorld {
        get { states[position] }
        _modify {
            note(position)
            yield &states[position]
        }
    }
}

extension ApplicationTable: Codable {
    init(from decoder: any Decoder) throws {
        for state in try [ApplicationWorld](from: decoder) { append(state) }
    }

    func encode(to encoder: any Encoder) throws { try states.encode(to: encoder) }
}
