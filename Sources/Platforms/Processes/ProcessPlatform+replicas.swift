import CSpawn
import Core
import Glibc
import Reconciler

extension ProcessPlatform {
    /// Starts a process in a slot. Its record is there first, so that one that was started is found whatever happens
    /// between.
    func start(_ deployment: ApplicationRecord.Deployment, _ component: Component, _ run: ProcessRun, _ ordinal: Int) {
        let now = time.now
        let slot = Slot(deployment: deployment.id, component: component.name, ordinal: ordinal)
        var record = ReplicaRecord(
            instance: "\(component.name)-\(ordinal)-\(Self.mark())", deployment: deployment.id,
            component: component.name, ordinal: ordinal, ports: [:], startedAt: now, drainTime: run.drainTime)
        do {
            try assignPorts(&record, run, isConsumer: component.kind == .consumer)
            try files.save(record)
            try register(record)
            files.makeLogs(of: deployment.id)
            let number = try spawn(run, record, deployment, component)
            // One that has ended already is no less ours: its number is kept until it is collected.
            record.process = try? ProcessIdentity(number)
            guard record.process != nil else {
                kill(number, SIGKILL)
                Self.endSession(of: number, record, files, SIGKILL)
                throw EffectFailure(.refused, ProcessIdentity.collect(number) ?? "ended at once")
            }
            try files.save(record)
            replicas[record.instance] = Replica(
                record: record, readiness: run.readiness, startTimeout: run.startTimeout, nextProbe: now)
        } catch {
            files.unregister(record.instance)
            files.remove(record)
            fail(slot, (error as? EffectFailure)?.message ?? "\(error)")
        }
        isBusy = true
    }

    private func assignPorts(_ record: inout ReplicaRecord, _ run: ProcessRun, isConsumer: Bool) throws {
        var taken = Set(
            replicas.values.flatMap { $0.record.ports.values + [$0.record.elevationPort].compactMap { $0 } })
        func next() throws -> Int {
            guard let port = LoopbackPort.free(besides: taken) else {
                throw EffectFailure(.refused, "no port is free on loopback")
            }
            taken.insert(port)
            return port
        }
        for name in run.ports { record.ports[name] = try next() }
        if isConsumer { record.elevationPort = try next() }
    }

    private func spawn(
        _ run: ProcessRun, _ record: ReplicaRecord, _ deployment: ApplicationRecord.Deployment, _ component: Component
    ) throws -> Int32 {
        var variables = inherited.merging(run.environment) { $1 }
        for (index, name) in run.ports.enumerated() {
            let number = record.ports[name].map { "\($0)" } ?? ""
            if index == 0 { variables["PORT"] = number }
            variables["PORT_" + name.uppercased().map { $0 == "-" ? "_" : "\($0)" }.joined()] = number
        }
        variables[ProcessTable.Variable.directory] = files.directory
        variables[ProcessTable.Variable.instance] = record.instance
        if let port = record.elevationPort { variables[ProcessTable.Variable.elevation] = "http://127.0.0.1:\(port)" }
        let standing = place(of: deployment.id)
        variables["SLUICE_APPLICATION"] = standing?.application.name
        variables["SLUICE_SIDE"] = standing?.side.rawValue
        variables["SLUICE_COMPONENT"] = component.name
        variables["SLUICE_VERSION"] = deployment.release.version
        let directory = run.directory ?? "."
        guard access(directory, X_OK) == 0 else {
            throw EffectFailure(.refused, "cannot be started in \(directory): \(String(cString: strerror(errno)))")
        }
        var words = run.command.map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + environment { free(text) } }
        var number = pid_t()
        let code = sluice_spawn_detached(
            &number, run.command[0], &words, &environment, directory, files.log(of: record))
        guard code == 0 else {
            throw EffectFailure(.refused, "\(run.command[0]) cannot be started: \(String(cString: strerror(code)))")
        }
        return number
    }

    /// The application and side that a deployment stands on now.
    private func place(of deployment: String) -> (application: ApplicationRecord, side: Side)? {
        for record in applications.values {
            for side in Side.allCases where record.sides[side]?.id == deployment { return (record, side) }
        }
        return nil
    }

    /// Tells agents of an instance.
    func register(_ record: ReplicaRecord) throws {
        guard let port = record.elevationPort, let place = place(of: record.deployment),
            let version = place.application.sides[place.side]?.release.version
        else { return }
        try files.register(record, of: place.application.name, side: place.side.rawValue, version: version, port: port)
    }

    /// The same for all of an application, which has another name now.
    func registerAgain(_ application: ApplicationRecord) throws {
        for replica in replicas.values where place(of: replica.record.deployment)?.application.key == application.key {
            try register(replica.record)
        }
    }

    /// Tells a replica to end, with all that it started.
    func stop(_ instance: String) {
        guard var replica = replicas[instance], replica.record.stoppingSince == nil else { return }
        // Told first: where it cannot be written, or the daemon dies in between, the next one tells it again and gives it as
        // long again. The other way round it would be killed without having been told.
        if let process = replica.record.process {
            Self.endSession(of: process.number, replica.record, files, SIGTERM)
        }
        replica.record.stoppingSince = time.now
        replicas[instance] = replica
        try? files.save(replica.record)
        isBusy = true
    }

    /// Notes that what filled a slot has ended, and when to fill it again.
    func fail(_ slot: Slot, _ reason: String) {
        let count = (failures[slot]?.count ?? 0) + 1
        let wait = min(limits.longestBackoff, limits.backoff * (1 << Int64(min(count - 1, 16))))
        failures[slot] = Failures(count: count, retryAt: time.now + wait, reason: reason)
        isBusy = true
    }
}
