import Conformance
import Core
import Reconciler

/// Runs of gates as the engine would ask for them.
enum GateRuns {
    static let attempt = Attempt(digest: PlatformConformance.release.digest, introduced: "0123456789")

    static func run(
        _ check: Gate.Check, version: String = "4.2.0", attempt: Attempt = attempt, heldSince: Instant? = nil
    ) -> GateRun {
        GateRun(
            application: "search", gate: Gate(name: "gate", when: .during, check: check), attempt: attempt,
            version: version, revision: "r1", stage: "canary", candidate: .flop, namespace: "search-flop",
            stable: GateRun.Stable(side: .flip, namespace: "search-flip", version: "4.1.0"), service: "api",
            weight: 10, heldSince: heldSince)
    }

    static func outcome(_ result: GateResult) -> GateOutcome? {
        if case .outcome(let outcome, _) = result { outcome } else { nil }
    }

    static func detail(_ result: GateResult) -> String {
        switch result {
        case .outcome(_, let reading): reading.text
        case .pending(let text), .unavailable(let text): text
        }
    }
}
