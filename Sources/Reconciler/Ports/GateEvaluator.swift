package import Core

/// Takes one measurement of a gate, runs its test once, or asks its question once.
package protocol GateEvaluator: Sendable {
    /// One evaluation. It never answers `.passed` without having measured: too little data is `.inconclusive`, a
    /// failure of the evaluation itself is `.error`, and a gate that nothing here handles is `.unavailable`.
    func evaluate(_ run: GateRun) async -> GateResult
}
