public import Signal

/// What a worker knows of its elevation, and what is wrong with the endpoint now.
public struct ElevationReading: Hashable, Sendable {
    /// Why the endpoint's last answer is not followed.
    public enum Problem: Error, Hashable, Sendable {
        /// Nobody answers there, or not in time; a sentence.
        case away(String)
        /// It answers with something else than a state; a sentence.
        case refused(String)
        /// Its answer is older than what is followed.
        case older(ElevationState.Order)
        /// Its answer is about another instance than the one that is followed.
        case otherInstance(String)
    }

    /// The last good state; nil where there never was one.
    public var state: ElevationState?
    /// nil while the endpoint's last answer is the one that is followed.
    public var problem: Problem?
    /// For how long the problem has stood; zero without one.
    public var age: Duration

    /// Whether to take messages. Without a state that is no; without the endpoint it stays what it was.
    public var isActive: Bool { state?.isActive ?? false }
}

extension ElevationReading: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        let followed =
            state.map { state in
                "\(state.instance) is \(state.isActive ? "active" : "inactive") by \(state.order.epoch)"
                    + ".\(state.order.sequence)"
            } ?? "nothing was said yet, so it is inactive"
        guard let problem else { return followed }
        return "\(followed); for \(age.components.seconds) s nothing newer was heard: \(problem)"
    }
}

extension ElevationReading.Problem: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .away(let why), .refused(let why): why
        case .older(let order): "the endpoint's answer is older: \(order.epoch).\(order.sequence)"
        case .otherInstance(let name): "the endpoint's answer is about \(name)"
        }
    }
}
