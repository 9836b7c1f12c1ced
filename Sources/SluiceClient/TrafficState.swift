public import Signal

/// What a reader follows, and what is wrong with the file now.
public struct TrafficState: Hashable, Sendable {
    /// Why the file as it is now is not followed.
    public enum Problem: Hashable, Sendable {
        /// There is no file.
        case missing
        /// It cannot be read, or is being written to in place; a sentence.
        case unreadable(String)
        /// It is torn, wrong, or of a later version of the format.
        case refused(WireError)
        /// It is older than the one that is followed.
        case older(TrafficFile.Order)
        /// It is about another application than the one that is followed.
        case otherApplication(String)
        /// The application has no route any more: nothing is said to serve.
        case noRoute
    }

    /// The last good file; nil where none was read yet, and all requests go to the fallback.
    public var file: TrafficFile?
    /// nil while the file on the disk is the one that is followed.
    public var problem: Problem?
    /// For how long the problem has stood; zero without one.
    public var age: Duration
}

extension TrafficState: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        let followed =
            file.map { file in
                let weights = file.weights.map { "flip \($0.flip)%, flop \($0.flop)%" } ?? "no route"
                return "\(file.application) generation \(file.epoch).\(file.generation): \(weights)"
            } ?? "nothing was read yet"
        guard let problem else { return followed }
        return "\(followed); for \(age.components.seconds) s the file has not been followed: \(problem)"
    }
}

extension TrafficState.Problem: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .missing: "it is missing"
        case .unreadable(let why): why
        case .refused(let error): "\(error)"
        case .older(let order): "it is older: generation \(order.epoch).\(order.generation)"
        case .otherApplication(let name): "it is about \(name)"
        case .noRoute: "it says that nothing serves"
        }
    }
}
