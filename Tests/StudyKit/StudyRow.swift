import Core

/// What one policy did to releases of some kinds.
package struct StudyRow: Encodable, Sendable {
    package var policy: Policy
    /// nil for all bad kinds together.
    package var kind: StudiedRelease.Kind?
    package var releases: Int
    /// Requests that failed by the releases' fault, in sum.
    package var failed: Double
    /// Times as many as under all at once.
    package var failedRatio: Double
    /// Mean share of requests that the release served before it was gone.
    package var exposure: Double
    /// Releases that were turned back, and how many of those by the operator.
    package var turnedBack: Int
    package var byOperator: Int
    /// Medians in seconds over those turned back; nil where there are none.
    package var decideSeconds: Double?
    package var recoverSeconds: Double?
    /// Percent of need: a release's most, in the median and of any; and the mean of all.
    package var usualPeak: Double
    package var peakCapacity: Double
    package var meanCapacity: Double
}

extension Study {
    /// A row for each policy over all bad kinds, then for each kind.
    package var rows: [StudyRow] {
        let kinds: [StudiedRelease.Kind?] = [nil] + StudiedRelease.Kind.allCases
        return kinds.flatMap { kind in Policy.allCases.map { row($0, kind) } }.filter { $0.releases > 0 }
    }

    package func row(_ policy: Policy, _ kind: StudiedRelease.Kind?) -> StudyRow {
        func chosen(_ policy: Policy) -> [Trial] {
            (trials[policy] ?? []).filter { kind == nil ? $0.kind != .good : $0.kind == kind }
        }
        let found = chosen(policy)
        let count = Double(max(1, found.count))
        let failed = found.reduce(0) { $0 + $1.failed }
        let base = chosen(.allAtOnce).reduce(0) { $0 + $1.failed }
        return StudyRow(
            policy: policy, kind: kind, releases: found.count, failed: failed,
            failedRatio: base > 0 ? failed / base : 0,
            exposure: found.reduce(0) { $0 + $1.exposure } / count,
            turnedBack: found.count { $0.decided != nil }, byOperator: found.count { $0.byOperator },
            decideSeconds: median(found.compactMap(\.decided)),
            recoverSeconds: median(found.compactMap(\.recovered)),
            usualPeak: found.map(\.peak).sorted().dropFirst(found.count / 2).first ?? 0,
            peakCapacity: found.map(\.peak).max() ?? 0, meanCapacity: found.reduce(0) { $0 + $1.mean } / count)
    }

    private func median(_ spans: [Span]) -> Double? {
        let sorted = spans.sorted()
        return sorted.isEmpty ? nil : Double(sorted[sorted.count / 2].milliseconds) / 1000
    }
}
