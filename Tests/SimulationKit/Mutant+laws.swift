import Core

extension Mutant {
    /// The law that has to catch it. Others may come first in some seeds; in some this one has to.
    package var law: String {
        switch self {
        case .wrongSideTornDown: "law 1 (one side live)"
        case .pastForgotten: "law 1 (what serves beside a dark release)"
        case .weightAheadOfCapacity, .stableScaledDownEarly, .stableScaledDownOnRollback, .observationCached,
            .readinessAssumed:
            "law 2 (capacity)"
        case .inactiveConsumes, .twoReleasesConsume: "law 3 (active consumers are divided)"
        case .deactivatedEarly: "law 3 (the backlog is kept up with)"
        case .componentLeftOut, .inFlightIgnored: "law 4 (one side through all components)"
        case .weightWobbles: "law 4 (users stay on a side)"
        case .retentionIgnored: "law 5 (retention)"
        case .prunesIncompleteTree, .routeRemoved: "law 6 (prunes nothing)"
        case .noDataPasses, .failurePasses, .gatesSkipped, .approvalCarriedOver, .promotionCarriedOver,
            .gateResultReused, .wrongSideMeasured:
            "law 7 (gates)"
        case .rejectionForgotten, .rejectionRetried, .historyByPath: "law 8 (abort is monotone)"
        case .keysRepeated, .lostActionAwaited: SupervisionLaw.name
        case .pushBelieved, .pushForgotten, .restoredUnrecorded: "law 11 (no claim before the push)"
        case .conditionsContradict: "law 11 (one judgement)"
        case .statusClaimsWeight, .drainedAssumed: "law 11 (status states only what was observed)"
        case .weightNotRestored, .secondVersionStuck, .revertIgnored, .sleepsForever, .leadNotRetaken:
            "law 13 (the declared state is reached)"
        case .neverQuiet: "law 13 (then does nothing)"
        case .gitBlamed: Laws.blame
        case .allBegun: Laws.finishing
        case .leadKept: Laws.lead
        case .deadlineForgotten: Laws.comingUp
        case .fixIgnored: Laws.fix
        case .failureStopsOthers, .gateStopsOthers: Isolation.law
        case .historyGrows: "law 15 (bounded)"
        case .pauseIgnored, .abortIgnored, .requestsAssumed: "requests"
        }
    }

    /// What one application has to be in for control runs to catch it; nil where a run of its own shows it.
    package var trouble: Isolation.Trouble? {
        switch self {
        case .failureStopsOthers: .actionsRefused
        case .gateStopsOthers: .gatesHang
        default: nil
        }
    }
}
