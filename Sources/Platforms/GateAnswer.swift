package import Core

/// A ``Core/GateResult`` as it goes over the wire: `{"kind": "outcome", "outcome": "Passed", "detail": "…"}`.
package struct GateAnswer: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case outcome, pending, unavailable
    }

    package var kind: Kind
    package var outcome: GateOutcome?
    package var detail: String

    package init(_ result: GateResult) {
        switch result {
        case .outcome(let outcome, let detail): (kind, self.outcome, self.detail) = (.outcome, outcome, detail)
        case .pending(let detail): (kind, outcome, self.detail) = (.pending, nil, detail)
        case .unavailable(let detail): (kind, outcome, self.detail) = (.unavailable, nil, detail)
        }
    }

    package var result: GateResult {
        switch kind {
        case .outcome: .outcome(outcome ?? .error, detail: detail)
        case .pending: .pending(detail: detail)
        case .unavailable: .unavailable(detail: detail)
        }
    }
}
