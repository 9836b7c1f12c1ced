package import Core

/// A ``Core/GateResult`` as it goes over the wire: `{"kind": "outcome", "outcome": "Passed", "detail": "…"}`.
package struct GateAnswer: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case outcome, pending, unavailable
    }

    package var kind: Kind
    package var outcome: GateOutcome?
    package var detail: String
    package var measured: String?
    package var threshold: String?

    package init(_ result: GateResult) {
        switch result {
        case .outcome(let outcome, let reading):
            (kind, self.outcome, detail) = (.outcome, outcome, reading.text)
            (measured, threshold) = (reading.measured, reading.threshold)
        case .pending(let detail): (kind, outcome, self.detail) = (.pending, nil, detail)
        case .unavailable(let detail): (kind, outcome, self.detail) = (.unavailable, nil, detail)
        }
    }

    package var result: GateResult {
        switch kind {
        case .outcome:
            .outcome(outcome ?? .error, detail: GateReading(detail, measured: measured, threshold: threshold))
        case .pending: .pending(detail: detail)
        case .unavailable: .unavailable(detail: detail)
        }
    }
}
