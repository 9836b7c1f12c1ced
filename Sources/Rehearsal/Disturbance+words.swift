import Core
import Simulator

extension Disturbance {
    /// The disturbance in words.
    var words: String {
        switch self {
        case .crash(let name, let side, let count): "\(count) ready replicas of \(name) on \(side.rawValue) crash"
        case .unready(let name, let side, let time): "\(name) on \(side.rawValue) is not ready for \(time)"
        case .neverReady(let name, let side, let time):
            "new replicas of \(name) on \(side.rawValue) do not become ready for \(time)"
        case .lie(let name, let side, let time):
            "\(name) on \(side.rawValue) is reported ready for \(time), true or not"
        case .freeze(let name, let time): "observations of \(name) stand still for \(time)"
        case .quota(let namespace, let replicas): "quota of namespace \(namespace): \(replicas) replicas"
        case .nodesExhausted(let namespace, let time): "namespace \(namespace) finds no further node for \(time)"
        case .humanScales(let name, let side, let count): "somebody scales \(name) on \(side.rawValue) to \(count)"
        case .humanRoutes(let name, let flip): "somebody routes \(name): flip \(flip)%, flop \(100 - flip)%"
        case .humanDeletes(let name, let side): "somebody deletes \(name) on \(side.rawValue)"
        case .surge(let name, let percent, let time): "load of \(name) at \(percent)% for \(time)"
        case .sidecarDown(let name, let side, let time):
            "sidecars of \(name) on \(side.rawValue) answer nothing for \(time)"
        case .sidecarStale(let name, let side, let time):
            "sidecars of \(name) on \(side.rawValue) hear nothing new for \(time)"
        case .reportsLost(let name, let side, let time):
            "what consumers of \(name) on \(side.rawValue) say is lost for \(time)"
        case .sidecarSplit(let name, let side, let time):
            "every other sidecar of \(name) on \(side.rawValue) answers nothing for \(time)"
        case .deactivationIgnored(let name, let side, let time):
            "consumers of \(name) on \(side.rawValue) do not heed deactivation for \(time)"
        case .slowDrain(let name, let side, let time):
            "consumers of \(name) on \(side.rawValue) finish slowly for \(time)"
        case .backlog(let name, let messages): "\(messages) messages more wait for \(name)"
        case .clockSet(let offset): "the platform's clock is set off by \(offset)"
        }
    }
}
