package import Core

/// Something that happened to one application in a rehearsal.
package struct Moment: Hashable, Sendable, Encodable {
    package enum Kind: String, Hashable, Sendable, CaseIterable, Encodable {
        case deploy, scale, route, teardown, adopt
        /// A stage was entered or reached, a rollout turned, ended.
        case progress
        case hold, gate, wait, phase
        /// The platform was disturbed.
        case disturbance
    }

    /// Time since the change was committed.
    package var at: Span
    package var application: ApplicationName
    package var kind: Kind
    /// One line for people.
    package var text: String
    package var side: Side?
    /// Percent by side, where work was routed.
    package var weights: Weights?
    /// Replicas at least, by component, where a side was deployed or scaled.
    package var floors: [String: Int]?
    /// Time at which a hold ends, since the commit; nil for all else.
    package var until: Span?
    /// Why it waits; nil for what is no wait.
    package var reason: Waiting.Reason?

    package init(at: Span, application: ApplicationName, kind: Kind, text: String) {
        self.at = at
        self.application = application
        self.kind = kind
        self.text = text
    }
}

extension Moment {
    /// What an action does, in words.
    init(_ action: Action, of application: ApplicationName, at: Span) {
        func list(_ floors: [String: Int]) -> String {
            floors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        self.init(at: at, application: application, kind: .deploy, text: "")
        switch action {
        case .deploy(let side, let namespace, let release, _, let floors):
            let place = namespace == side.rawValue ? "" : " (namespace \(namespace))"
            text = "deploy \(release.version) on \(side.rawValue)\(place), dark: \(list(floors))"
            self.side = side
            self.floors = floors
        case .scale(let side, let floors):
            kind = .scale
            text = "\(side.rawValue): at least \(list(floors))"
            self.side = side
            self.floors = floors
        case .route(let route):
            kind = .route
            weights = route?.weights
            text =
                route.map { "weights: flip \($0.weights.flip)%, flop \($0.weights.flop)%" }
                ?? "no route: nothing serves"
            let actives = (route?.actives ?? [:]).sorted { $0.key < $1.key }
            for (name, count) in actives { text += "; \(name) active: flip \(count.flip), flop \(count.flop)" }
        case .teardown(let side):
            kind = .teardown
            self.side = side
            text = "remove all that stands on \(side.rawValue)"
        case .adopt(let former):
            kind = .adopt
            text = "take over what runs as \(former)"
        }
    }
}
