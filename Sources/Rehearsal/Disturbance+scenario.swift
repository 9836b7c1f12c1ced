import Core
import Simulator

extension Disturbance {
    /// Names of the fields of each disturbance that has any.
    private static let fields: [String: Set<String>] = [
        "crash": ["application", "side", "count"],
        "unready": ["application", "side", "until"],
        "neverReady": ["application", "side", "until"],
        "lie": ["application", "side", "until"],
        "freeze": ["application", "until"],
        "quota": ["namespace", "replicas"],
        "nodesExhausted": ["namespace", "until"],
        "humanScales": ["application", "side", "to"],
        "humanRoutes": ["application", "flip"],
        "humanDeletes": ["application", "side"],
        "surge": ["application", "percent", "until"],
        "sidecarDown": ["application", "side", "until"],
        "sidecarStale": ["application", "side", "until"],
        "reportsLost": ["application", "side", "until"],
        "sidecarSplit": ["application", "side", "until"],
        "deactivationIgnored": ["application", "side", "until"],
        "slowDrain": ["application", "side", "until"],
        "backlog": ["application", "messages"],
    ]

    /// The disturbance of this name with the values that a scenario gives it.
    init(_ name: String, _ value: ScenarioValue) throws(SimulationScenario.Malformed) {
        if name == "clockSet" {
            self = .clockSet(try value.span())
            return
        }
        guard let known = Self.fields[name] else {
            throw SimulationScenario.Malformed(
                "\(value.place): there is no disturbance \"\(name)\"; known are "
                    + (Self.fields.keys + ["clockSet"]).sorted().joined(separator: ", "))
        }
        let fields = try value.fields(known)
        func field(_ key: String) throws(SimulationScenario.Malformed) -> ScenarioValue {
            guard let field = fields[key] else {
                throw SimulationScenario.Malformed("\(value.place) needs \"\(key)\"")
            }
            return field
        }
        func application() throws(SimulationScenario.Malformed) -> String { try field("application").text() }
        func side() throws(SimulationScenario.Malformed) -> Side { try field("side").side() }
        func until() throws(SimulationScenario.Malformed) -> Span { try field("until").span() }
        func namespace() throws(SimulationScenario.Malformed) -> String { try field("namespace").text() }
        switch name {
        case "crash": self = .crash(application: try application(), side: try side(), count: try field("count").count())
        case "unready": self = .unready(application: try application(), side: try side(), until: try until())
        case "neverReady": self = .neverReady(application: try application(), side: try side(), until: try until())
        case "lie": self = .lie(application: try application(), side: try side(), until: try until())
        case "freeze": self = .freeze(application: try application(), until: try until())
        case "quota": self = .quota(namespace: try namespace(), replicas: try field("replicas").count())
        case "nodesExhausted": self = .nodesExhausted(namespace: try namespace(), until: try until())
        case "humanScales":
            self = .humanScales(application: try application(), side: try side(), to: try field("to").count())
        case "humanRoutes":
            self = .humanRoutes(application: try application(), flip: try field("flip").count(0...100))
        case "sidecarDown":
            self = .sidecarDown(application: try application(), side: try side(), until: try until())
        case "sidecarStale":
            self = .sidecarStale(application: try application(), side: try side(), until: try until())
        case "reportsLost":
            self = .reportsLost(application: try application(), side: try side(), until: try until())
        case "sidecarSplit":
            self = .sidecarSplit(application: try application(), side: try side(), until: try until())
        case "deactivationIgnored":
            self = .deactivationIgnored(application: try application(), side: try side(), until: try until())
        case "slowDrain": self = .slowDrain(application: try application(), side: try side(), until: try until())
        case "backlog":
            self = .backlog(
                application: try application(), messages: try field("messages").count(0...1_000_000_000))
        case "humanDeletes": self = .humanDeletes(application: try application(), side: try side())
        default:
            self = .surge(
                application: try application(), percent: try field("percent").count(), until: try until())
        }
    }
}
