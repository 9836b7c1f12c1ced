package import Core
package import Reconciler
package import Signal
import Synchronization

/// Where the daemon's routes become what each instance is told, and the agents' reports what the daemon observes.
///
/// A machine has one stream. What changes while its reader is slow is sent as it stands when the reader is ready, so
/// nothing grows.
package actor ElevationHub {
    /// What a machine's reader is to hear next.
    private struct Mailbox {
        /// Tells one stream of a machine from its predecessors.
        var stream: Int
        /// nil for everything.
        var applications: Set<ApplicationName>? = nil
        var hasNews = true
        var reader: CheckedContinuation<Void, Never>?
    }

    private var ledger: ElevationLedger
    private let time: any TimeSource
    private let archive: (any ElevationArchive)?
    private let notice: @Sendable (String) -> Void
    /// Machines whose elevations have changed since they were stored.
    private var unstored: Set<String> = []
    /// Whether another daemon leads, after this one did.
    private var isSuperseded = false
    private var isStoring = false
    private var mailboxes: [String: Mailbox] = [:]
    private var streams = 0
    /// What went down and came up so far.
    package private(set) var counts = Counts()

    /// What the hub has cost.
    package struct Counts: Hashable, Sendable {
        /// Messages to machines.
        package var down = 0
        /// Reports from machines.
        package var up = 0

        package init(down: Int = 0, up: Int = 0) {
            self.down = down
            self.up = up
        }
    }

    /// - Parameters:
    ///   - time: the platform's clock.
    ///   - archive: where machines without a stream look; nil for nowhere.
    ///   - patience: how long a machine may be gone before its instances count as not observed.
    ///   - notice: told, in a sentence, what went wrong.
    package init(
        time: any TimeSource, archive: (any ElevationArchive)? = nil, patience: Span = .seconds(15),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.notice = notice
        self.time = time
        self.archive = archive
        ledger = ElevationLedger(patience: patience)
    }

    // MARK: The daemon's side

    /// From now on it tells under this epoch; nil: another daemon leads, and nothing is told any more.
    package func lead(_ epoch: Int?) {
        post(ledger.lead(epoch, at: time.now))
        isSuperseded = ledger.epoch == nil
        guard isSuperseded else { return }
        // Their agents look for the one that leads now.
        for machine in mailboxes.keys.sorted() {
            mailboxes.removeValue(forKey: machine)?.reader?.resume()
            post(ledger.disconnect(machine, at: time.now))
        }
    }

    /// Whether a machine may have a stream.
    ///
    /// - Throws: ``Core/EffectFailure`` where another daemon leads, or there are too many machines.
    package func admit(_ machine: String) throws(EffectFailure) {
        guard !isSuperseded else { throw EffectFailure(.refused, "another daemon leads this environment") }
        try ledger.admit(machine, at: time.now)
    }

    /// So many instances of an application are to be active from now on. Returns when everybody who can be reached at
    /// once is being told.
    package func elevate(_ application: ApplicationName, _ wanted: WantedElevation) {
        post(ledger.want(wanted, of: application, at: time.now))
    }

    /// Takes over what stands already, and lays the agents' reports over it.
    package func observe(
        _ observation: Observation, of application: ApplicationName, consumers: Set<String>, wanted: WantedElevation?
    ) -> Observation {
        var replicas: [String: Int] = [:]
        for side in Core.Side.allCases {
            for component in observation.sides[side]?.components ?? [] {
                replicas[component.name, default: 0] += component.replicas
            }
        }
        post(ledger.find(wanted, of: application, replicas: replicas, at: time.now))
        return ledger.overlaid(observation, of: application, consumers: consumers, at: time.now)
    }

    // MARK: The agents' side

    /// Opens a machine's stream in place of the one it had.
    ///
    /// - Returns: the stream's number, for ``next(for:stream:)``.
    package func open(_ machine: String) throws(EffectFailure) -> Int {
        try admit(machine)
        streams += 1
        let changed = try ledger.connect(machine, at: time.now)
        mailboxes.updateValue(Mailbox(stream: streams), forKey: machine)?.reader?.resume()
        post(changed)
        return streams
    }

    /// The next message for a machine, as soon as there is one: everything first.
    ///
    /// - Returns: nil where the stream was closed, or another has taken its place.
    package func next(for machine: String, stream: Int) async -> (
        elevations: MachineElevations, order: ElevationState.Order
    )? {
        while let mailbox = mailboxes[machine], mailbox.stream == stream, !Task.isCancelled {
            // Before this daemon leads it knows nothing that anybody should hear.
            if mailbox.hasNews, let order = ledger.order {
                mailboxes[machine] = Mailbox(stream: stream, applications: [], hasNews: false)
                counts.down += 1
                return (ledger.elevations(for: machine, of: mailbox.applications), order)
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    mailboxes[machine]?.reader?.resume()
                    mailboxes[machine]?.reader = continuation
                    if Task.isCancelled { wake(machine) }
                }
            } onCancel: {
                Task { await self.wake(machine) }
            }
        }
        return nil
    }

    /// Whether there is something that a machine has not been sent yet.
    package func hasNews(for machine: String) -> Bool { mailboxes[machine]?.hasNews ?? false }

    /// Closes a stream, unless another has taken its place.
    package func close(_ machine: String, stream: Int) {
        guard mailboxes[machine]?.stream == stream else { return }
        mailboxes.removeValue(forKey: machine)?.reader?.resume()
        post(ledger.disconnect(machine, at: time.now))
        // What it was told last is from now on to be found there too.
        if ledger.machines[machine] != nil { store(machine) }
    }

    /// Takes over a machine's report: what changed, or everything.
    ///
    /// - Throws: ``Core/EffectFailure`` where there are too many machines or instances.
    package func take(_ report: MachineReport) throws(EffectFailure) {
        try admit(report.machine)
        counts.up += 1
        post(try ledger.take(report, at: time.now))
    }

    /// Takes over what somebody else knows of machines whose agents have no way to report: all instances of each.
    ///
    /// - Throws: ``Core/EffectFailure`` where there are too many; or what they were told before cannot be read, and
    ///   nothing is taken over.
    package func know(_ reports: [MachineReport]) async throws(EffectFailure) {
        var told: [String: MachineElevations] = [:]
        for report in reports where !ledger.knows(report.machine) {
            told[report.machine] = try await archive?.load(report.machine)
        }
        post(try ledger.know(reports, told: told, at: time.now))
    }

    /// What these instances last said of themselves; those that said nothing are left out.
    package func workers(_ instances: [String]) -> [String: WorkerReport] { ledger.workers(instances) }

    // MARK: Mailboxes

    private func post(_ changes: ElevationLedger.Changes) {
        for (machine, applications) in changes {
            if mailboxes[machine] != nil {
                mailboxes[machine]?.applications?.formUnion(applications)
                mailboxes[machine]?.hasNews = true
                wake(machine)
            } else {
                store(machine)
            }
        }
        // Everything that there is to hear waits for the first epoch.
        if ledger.order != nil {
            for machine in mailboxes.keys where mailboxes[machine]?.hasNews == true { wake(machine) }
        }
    }

    private func wake(_ machine: String) {
        guard let reader = mailboxes[machine]?.reader else { return }
        mailboxes[machine]?.reader = nil
        reader.resume()
    }

    // MARK: The archive

    private func store(_ machine: String) {
        guard archive != nil, ledger.order != nil else { return }
        unstored.insert(machine)
        guard !isStoring else { return }
        isStoring = true
        Task { await storeAll() }
    }

    private func storeAll() async {
        while let archive, let epoch = ledger.epoch, !unstored.isEmpty {
            var files: [String: MachineElevations] = [:]
            for machine in unstored { files[machine] = ledger.elevations(for: machine) }
            unstored = []
            do throws(EffectFailure) {
                try await archive.store(files, epoch: epoch)
            } catch {
                unstored.formUnion(files.keys)
                notice("elevations cannot be stored for machines without a stream: \(error.message)")
                try? await time.sleep(until: time.now + .seconds(5))
            }
        }
        isStoring = false
    }
}
