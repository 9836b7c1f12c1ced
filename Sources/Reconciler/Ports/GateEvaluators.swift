package import Core

/// Picks the evaluator by what a gate checks. A kind that nobody handles is `.unavailable`, and says so.
package struct GateEvaluators: GateEvaluator {
    private let smokeTest: (any GateEvaluator)?
    private let analysis: (any GateEvaluator)?
    private let webhook: (any GateEvaluator)?
    private let approval: (any GateEvaluator)?

    package init(
        smokeTest: (any GateEvaluator)? = nil, analysis: (any GateEvaluator)? = nil,
        webhook: (any GateEvaluator)? = nil, approval: (any GateEvaluator)? = nil
    ) {
        self.smokeTest = smokeTest
        self.analysis = analysis
        self.webhook = webhook
        self.approval = approval
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        let kind = run.gate.check.kind
        let evaluator: (any GateEvaluator)? =
            switch kind {
            case .smokeTest: smokeTest
            case .analysis: analysis
            case .webhook: webhook
            case .approval: approval
            }
        guard let evaluator else {
            return .unavailable(
                detail: "gate \(run.gate.name) is \(kind.words), and this daemon has nothing that runs one")
        }
        return await evaluator.evaluate(run)
    }
}
