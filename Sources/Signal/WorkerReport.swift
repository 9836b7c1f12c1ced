/// What a worker said that it does, which is not what it was told to do.
public struct WorkerReport: Hashable, Sendable {
    /// A worker's own state.
    public enum Doing: String, Hashable, Sendable, CaseIterable {
        /// Takes no messages, and holds none.
        case paused
        /// Takes no new messages, and finishes those that it holds.
        case draining
        /// Takes messages.
        case consuming
    }

    /// What it does.
    public var doing: Doing
    /// Messages that it has taken and not finished, from 0 to ``mostInFlight``.
    public var inFlight: Int
    /// The state that it follows; nil where it never read one.
    public var follows: ElevationState.Order?

    /// The request header in which a worker's poll carries it.
    public static let header = "Sluice-Worker"

    /// Most messages that a worker can say that it holds: no sum of them overflows.
    public static let mostInFlight = 1_000_000_000

    /// What a worker says.
    public init(_ doing: Doing, inFlight: Int = 0, follows: ElevationState.Order? = nil) {
        self.doing = doing
        self.inFlight = inFlight
        self.follows = follows
    }

    /// The header's text: `draining; in-flight=3; follows=4.17`.
    public var text: String {
        doing.rawValue + "; in-flight=\(inFlight)" + (follows.map { "; follows=\($0.epoch).\($0.sequence)" } ?? "")
    }

    /// Reads a header's text. Words that are not known are ignored; nil where it says nothing that is understood, or
    /// contradicts itself: a worker that is paused holds nothing.
    public init?(text: some StringProtocol) {
        let words = text.split(separator: ";").map { word in
            String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard let first = words.first, let doing = Doing(rawValue: first) else { return nil }
        self.init(doing)
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "in-flight":
                guard let count = Int(pair[1]), (0...Self.mostInFlight).contains(count) else { return nil }
                inFlight = count
            case "follows":
                let numbers = pair[1].split(separator: ".", omittingEmptySubsequences: false)
                guard numbers.count == 2, let epoch = Int(numbers[0]), let sequence = Int(numbers[1]), epoch >= 0,
                    sequence >= 0
                else { return nil }
                follows = ElevationState.Order(epoch: epoch, sequence: sequence)
            default: continue
            }
        }
        if doing == .paused, inFlight > 0 { return nil }
    }
}
