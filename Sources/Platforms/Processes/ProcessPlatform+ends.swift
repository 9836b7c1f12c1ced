import Core
import Glibc
import Reconciler

extension ProcessPlatform {
    /// Finds what has ended, and what of it goes on.
    func lookAfterProcesses() throws(SmallFileError) {
        for instance in replicas.keys.sorted() {
            guard var replica = replicas[instance], let process = replica.record.process else { continue }
            if !replica.hasEnded {
                if try process.isAlive() {
                    forgive(replica)
                    continue
                }
                let how = ProcessIdentity.collect(process.number) ?? "ended"
                replica.hasEnded = true
                replicas[instance] = replica
                if replica.record.stoppingSince == nil { fail(slot(replica), how) }
            }
            if try Self.members(of: process.number, replica.record, files).isEmpty {
                end(instance)
            } else {
                // What it started may hold messages too: it has its time to finish.
                stop(instance)
                isBusy = true
            }
        }
    }

    /// Nothing of it is left.
    private func end(_ instance: String) {
        guard let replica = replicas.removeValue(forKey: instance) else { return }
        probes.removeValue(forKey: instance)?.cancel()
        files.unregister(instance)
        files.remove(replica.record)
    }

    /// Ends at once what has had its time.
    func killOverdue() {
        let now = time.now
        for instance in replicas.keys.sorted() {
            guard let replica = replicas[instance], let process = replica.record.process else { continue }
            if let since = replica.record.stoppingSince {
                guard now >= since + replica.record.drainTime else { continue }
                Self.endSession(of: process.number, replica.record, files, SIGKILL)
            } else if !replica.isReady, replica.record.readySince == nil,
                now >= replica.record.startedAt + replica.startTimeout
            {
                fail(slot(replica), "did not become ready within \(replica.startTimeout)")
                stop(instance)
            }
        }
    }

    /// What has run well for long enough is not in a loop of crashes.
    private func forgive(_ replica: Replica) {
        guard replica.isReady, let since = replica.record.readySince, time.now >= since + limits.forgiveness else {
            return
        }
        failures[slot(replica)] = nil
    }

    // MARK: Sessions

    /// Processes of a replica that run: its first one, those of its session, and those that left it and still carry
    /// its name.
    ///
    /// - Throws: where that cannot be told.
    static func members(
        of leader: Int32, _ record: ReplicaRecord, _ files: ProcessFiles
    ) throws(SmallFileError) -> [Int32] {
        let all = try ProcessTable.all()
        let isLeaderOurs = try record.process?.isAlive() ?? true
        // A number does not come back while a session bears it; where another process has it, or the machine was started
        // anew, no session of ours does.
        let isNumberTaken = !isLeaderOurs && all.contains { $0.number == leader }
        let isSessionOurs = isNumberTaken ? false : try record.process?.isOfThisBoot() ?? true
        var members: [Int32] = []
        for entry in all {
            if isSessionOurs && entry.session == leader {
                members.append(entry.number)
            } else if try ProcessTable.instance(of: entry.number, in: files.directory) == record.instance {
                members.append(entry.number)
            }
        }
        return members
    }

    /// Sends a signal to all of a replica's processes, as far as they can be told.
    static func endSession(of leader: Int32, _ record: ReplicaRecord, _ files: ProcessFiles, _ signal: Int32) {
        for member in (try? members(of: leader, record, files)) ?? [] { kill(member, signal) }
    }

    // MARK: Strays

    /// Looks for processes that belong here and are in no record: they were started by a daemon that died before it
    /// could write that down, or left behind. The records of those that were being started are filled in.
    func lookForStrays() throws(SmallFileError) {
        let now = time.now
        if let last = lookedForStraysAt, now < last + limits.strays { return }
        var mine: [(entry: ProcessTable.Entry, instance: String)] = []
        for entry in try ProcessTable.all() {
            if let instance = try ProcessTable.instance(of: entry.number, in: files.directory) {
                mine.append((entry, instance))
            }
        }
        for (entry, instance) in mine where entry.session == entry.number {
            guard var replica = replicas[instance], replica.record.process == nil else { continue }
            replica.record.process = try ProcessIdentity(entry.number)
            replicas[instance] = replica
            try? files.save(replica.record)
        }
        for (entry, instance) in mine where replicas[instance] == nil { kill(entry.number, SIGKILL) }
        // What was to be started, and was not.
        for (instance, replica) in replicas where replica.record.process == nil { end(instance) }
        lookedForStraysAt = now
    }
}
