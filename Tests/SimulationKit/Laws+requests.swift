import Core

/// What people ask for is heeded, and only for what they asked it of.
extension Laws {
    /// The shell has handed the engine what stands on the requests branch.
    mutating func requestsRead(_ standing: [Request]) { self.standing = standing }

    /// A rollout rises only when it is known that nobody holds it back.
    func judgeRequests(_ candidate: Placement, _ key: ActionKey) -> String? {
        guard let standing else { return "\(key): rises before anyone looked at the requests" }
        let attempt = candidate.release.attempt
        for request in standing {
            switch request.verb {
            case .pause where request.application == nil || isSame(request.attempt, attempt):
                return "\(key): rises although \(request.id) stands"
            case .abort where request.attempt == attempt: return "\(key): rises although \(request.id) stands"
            default: continue
            }
        }
        return nil
    }

    /// Whether all stages of this attempt, and their gates, were let pass by somebody.
    func isPromoted(_ attempt: Attempt, _ simulation: Simulation) -> Bool {
        simulation.remote.asked.contains { $0.verb == .promote && $0.isFull && isSame($0.attempt, attempt) }
    }

    func isPromoted(_ attempt: Attempt, _ stage: String, _ simulation: Simulation) -> Bool {
        simulation.remote.asked.contains {
            $0.verb == .promote && $0.stage == stage && isSame($0.attempt, attempt)
        }
    }

    /// A history that was rewritten introduces the same release at another commit; what was asked of it stays asked.
    private func isSame(_ asked: Attempt?, _ attempt: Attempt) -> Bool {
        asked?.digest == attempt.digest && asked?.retry == attempt.retry
    }

    /// Consents that were ever given for a gate of this attempt's stage.
    func approvals(_ gate: String, _ stage: String, _ attempt: Attempt, _ simulation: Simulation) -> Int {
        simulation.remote.asked.count {
            $0.verb == .approve && $0.gate == gate && $0.stage == stage && isSame($0.attempt, attempt)
        }
    }

    /// The attempt that a commit declares, with as many retries as were asked for.
    func attempt(of name: ApplicationName, at commit: Int, in remote: SimulatedRemote) -> Attempt? {
        guard remote.commits[commit].fleet[name] != nil, let run = remote.run(of: name, at: commit) else { return nil }
        return Attempt(digest: run.digest, introduced: remote.commits[run.commits.lowerBound].revision)
    }

    /// The same attempt, as often as somebody asked for it to be tried again.
    func numbered(_ attempt: Attempt, _ simulation: Simulation) -> Attempt {
        var attempt = attempt
        while simulation.remote.asked.contains(where: { $0.verb == .retry && $0.attempt == attempt }) {
            attempt.retry = (attempt.retry ?? 0) + 1
        }
        return attempt
    }

    /// Sluice commits to manifests only after a rejection that is recorded, and only what served.
    mutating func restored(_ order: RestoreOrder, _ simulation: Simulation) {
        let rejected = simulation.remote.statuses[order.application]?.rejected ?? []
        if !rejected.contains(where: { $0.attempt == order.rejected }) {
            broken(
                "law 11 (no claim before the push)", simulation,
                "\(order.application): the manifest is restored before the rejection is recorded")
        }
    }
}
