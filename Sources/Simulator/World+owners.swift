package import Core

/// Who runs an application of a world that several share.
package struct Owner: Hashable, Sendable, Codable {
    package var environment: String
    /// The fleet's mark; nil where whoever acted said none.
    package var fleet: String?

    package init(environment: String, fleet: String?) {
        self.environment = environment
        self.fleet = fleet
    }
}

extension World {
    /// Who runs an application; nil where it holds nothing, or comes from a time in which nobody asked.
    package func owner(of name: ApplicationName) -> Owner? {
        index[name].flatMap { states[$0].holdsAnything ? states[$0].owner : nil }
    }

    /// Notes who runs an application. One that was never heard of is nobody's.
    package mutating func own(_ name: ApplicationName, by owner: Owner) {
        if let application = index[name] { states[application].owner = owner }
    }

    /// Calls an application otherwise, and its namespaces with it. Where the new name is in use, nothing is changed.
    package mutating func rename(_ name: ApplicationName, to other: ApplicationName, namespace: (String) -> String) {
        guard let application = index[name], index[other].map({ !states[$0].holdsAnything }) ?? true else { return }
        accrue(application)
        if let empty = index[other] {
            states[empty].name = name
            index[name] = empty
        } else {
            index[name] = nil
        }
        index[other] = application
        states[application].name = other
        for side in Side.allCases {
            guard let former = states[application].sides[side]?.namespace else { continue }
            let existing = states[application].sides[side]?.components.reduce(0) { $0 + $1.existing } ?? 0
            replicasIn[former, default: 0] -= existing
            replicasIn[namespace(former), default: 0] += existing
            states[application].sides[side]?.namespace = namespace(former)
        }
    }
}
