import Core
import Gates
import Reconciler

extension ProcessPlatform {
    /// Asks those replicas that are due whether they are ready.
    func probeDue() {
        let now = time.now
        for instance in replicas.keys.sorted() {
            guard var replica = replicas[instance], replica.isKept, now >= replica.nextProbe, probes[instance] == nil
            else { continue }
            switch replica.readiness {
            case .running: ready(&replica, now >= replica.record.startedAt + limits.settling, now)
            case .report: ready(&replica, replica.isReady || said[instance] != nil, now)
            case .http(let path):
                guard let port = port(of: replica) else { continue }
                probes[instance] = Task {
                    let status = await GateHTTP.status(of: "http://127.0.0.1:\(port)\(path)", within: .seconds(1))
                    probed(instance, (200..<300).contains(status ?? 0))
                }
                continue
            }
            replicas[instance] = replica
        }
    }

    private func port(of replica: Replica) -> Int? {
        let standing = applications.values.lazy.flatMap { [$0.sides.flip, $0.sides.flop] }
        guard let deployment = standing.first(where: { $0?.id == replica.record.deployment }) ?? nil,
            case .process(let run)? = deployment.release.components.first(where: {
                $0.name == replica.record.component
            })?.run, let name = run.ports.first
        else { return nil }
        return replica.record.ports[name]
    }

    private func probed(_ instance: String, _ isAnswered: Bool) {
        probes[instance] = nil
        guard var replica = replicas[instance], replica.isKept else { return }
        let now = time.now
        replica.failedProbes = isAnswered ? 0 : replica.failedProbes + 1
        // One that was ready may miss two.
        ready(&replica, isAnswered || (replica.isReady && replica.failedProbes < 3), now)
        replicas[instance] = replica
    }

    private func ready(_ replica: inout Replica, _ isReady: Bool, _ now: Instant) {
        if isReady != replica.record.isReady {
            replica.record.isReady = isReady
            if isReady, replica.record.readySince == nil { replica.record.readySince = now }
            // Where it cannot be written the next daemon finds out again.
            try? files.save(replica.record)
        }
        // What is to become ready is looked at often: it is what a rollout waits for.
        replica.nextProbe = now + (isReady ? .seconds(2) : .milliseconds(200))
        if !isReady { isBusy = true }
    }
}
