package import Core
import Foundation
package import Reconciler
import ServiceLifecycle
import Synchronization

package import protocol Signal.InstanceReports
package import struct Signal.WorkerReport

/// Runs components as real processes of this machine, behind the ports.
///
/// A directory is the truth: what was asked for is there before it is done, and processes outlive the daemon. One that
/// starts over the same directory finds them again, and neither starts nor leaves any twice. At most one may use a
/// directory at a time.
package actor ProcessPlatform: Platform, Workloads, Reconciler.Router, GateEvaluator, Service {
    /// Times that are no release's to choose.
    package struct Limits: Sendable {
        /// Time for which a process without any other sign has to run to count as ready.
        package var settling = Span.seconds(1)
        /// Time until a process that ended is started anew; doubled by each that ends soon.
        package var backoff = Span.seconds(1)
        package var longestBackoff = Span.minutes(1)
        /// Time for which one has to be ready for its slot's past to be forgotten.
        package var forgiveness = Span.minutes(1)
        /// Time between two looks for processes that belong here and are in no record.
        package var strays = Span.seconds(5)
        /// Most replicas that a floor may ask for: a mistyped number must not fill the machine.
        package var floor = 1000

        package init() {}
    }

    /// The clock that it goes by.
    package nonisolated let time: any TimeSource
    nonisolated let files: ProcessFiles
    let limits: Limits
    /// What processes are given of the daemon's own environment.
    let inherited: [String: String]
    /// By ``ApplicationRecord/key``.
    var applications: [String: ApplicationRecord] = [:]
    nonisolated let tenancy: Tenancy
    /// By instance.
    var replicas: [String: Replica] = [:]
    var failures: [Slot: Failures] = [:]
    /// Probes that are under way, by instance.
    var probes: [String: Task<Void, Never>] = [:]
    private nonisolated let reports: Mutex<(any InstanceReports)?>
    /// What instances said at the last look.
    var said: [String: WorkerReport] = [:]
    /// Whether nothing is to run any more.
    var isEnding = false
    private let endsWithService: Bool
    var lookedForStraysAt: Instant?
    /// Why the last look could not tell what runs; nil where it could.
    var blindness: String?
    /// Deployments that have output.
    var loggedDeployments: Set<String>?
    /// Whether something is to be looked at again soon.
    var isBusy = true

    /// Takes over what runs by the records of a directory.
    ///
    /// - Parameters:
    ///   - directory: where the records are; made where there is none.
    ///   - tenancy: for whom.
    ///   - time: the clock that it goes by: the wall's, since processes do.
    ///   - limits: times that are no release's to choose.
    ///   - reports: what instances say; nil where nobody hears it.
    ///   - endsWithService: whether all processes are ended when ``run()`` is; otherwise they go on.
    /// - Throws: where the directory cannot be used, or holds what cannot be read: what runs cannot be told then.
    package init(
        directory: String, for tenancy: Tenancy = Tenancy(), time: any TimeSource, limits: Limits = Limits(),
        reports: (any InstanceReports)? = nil,
        endsWithService: Bool = false
    ) throws {
        self.endsWithService = endsWithService
        self.tenancy = tenancy
        self.time = time
        self.limits = limits
        self.reports = Mutex(reports)
        files = try ProcessFiles(directory)
        let environment = ProcessInfo.processInfo.environment
        inherited = environment.filter { name, _ in
            ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"].contains(name) || name.hasPrefix("LC_")
        }
        let records = try files.loadApplications()
        for record in records where record.environment != nil { applications[record.key] = record }
        for var record in records where record.environment == nil {
            record.environment = tenancy.tenant.name
            if applications[record.key] == nil {
                try files.save(record)
                applications[record.key] = record
            }
            if record.key != record.name { files.removeUnplaced(record.name) }
        }
        // Half of a takeover: what was taken over stands under both names.
        for record in applications.values {
            guard let former = record.formerly.map({ Tenant(environment: record.environment).key($0) }),
                let echo = applications[former], echo.holdsAnything,
                Side.allCases.contains(where: { echo.sides[$0] != nil && echo.sides[$0]?.id == record.sides[$0]?.id })
            else { continue }
            applications[former] = Self.emptied(echo)
            try files.save(Self.emptied(echo))
        }
        var runs: [String: [String: ProcessRun]] = [:]
        for side in applications.values.flatMap({ [$0.sides.flip, $0.sides.flop] }) {
            for component in side?.release.components ?? [] {
                if case .process(let run) = component.run { runs[side?.id ?? "", default: [:]][component.name] = run }
            }
        }
        for record in try files.loadReplicas() {
            let run = runs[record.deployment]?[record.component]
            replicas[record.instance] = Replica(
                record: record, readiness: run?.readiness ?? .running, startTimeout: run?.startTimeout ?? .minutes(1),
                nextProbe: record.startedAt)
        }
        try files.unregister(besides: Set(replicas.keys))
    }

    /// Where registrations of instances are, for the machine's agent.
    package nonisolated var instances: String { files.instances }

    /// From here on hears what instances say.
    package nonisolated func follow(_ reports: any InstanceReports) { self.reports.withLock { $0 = reports } }

    // MARK: Ports

    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        // The first look finds what was started and not written down.
        if lookedForStraysAt == nil { step() } else { look(at: lookAfterProcesses) }
        if let blindness { throw EffectFailure(.unreachable, blindness) }
        let readAt = time.now
        let tenant = tenancy.tenant
        guard let record = applications[tenant.key(application)] else {
            return Observation(readAt: readAt, route: nil, sides: PerSide(flip: nil, flop: nil))
        }
        if record.holdsAnything, tenant.isStranger(to: record.fleet) { throw tenant.refusal(application) }
        return Observation(
            readAt: readAt,
            route: record.route.map { RouteObservation(route: $0, settled: true, epoch: record.routeEpoch) },
            sides: PerSide(
                flip: observed(record, .flip, at: readAt), flop: observed(record, .flop, at: readAt)))
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try check(action)
        do {
            try change(action, key)
        } catch let failure as EffectFailure {
            throw failure
        } catch {
            throw EffectFailure(.refused, "\(error)")
        }
        step()
        return Receipt(at: time.now)
    }

    /// Processes by themselves measure nothing.
    package func evaluate(_ run: GateRun) async -> GateResult {
        .unavailable(detail: "processes measure nothing by themselves: give the gate its \"url\" or its address")
    }

    // MARK: Life

    /// Looks after what runs, until it is told to end.
    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                while true {
                    let isBusy = await self.look()
                    try await self.time.sleep(until: self.time.now + (isBusy ? .milliseconds(100) : .milliseconds(500)))
                }
            } catch is CancellationError {
                // The end that was asked for.
            }
        }
        if endsWithService { await endAll() }
    }

    /// Ends all processes, each within its drain time. What was asked for is still to be: the next adapter over the
    /// directory starts it again.
    package func endAll() async {
        isEnding = true
        for instance in replicas.keys.sorted() { stop(instance) }
        while true {
            step()
            if replicas.isEmpty { return }
            // Whoever cannot wait any more leaves the rest to the next adapter over the directory.
            do { try await time.sleep(until: time.now + .milliseconds(50)) } catch { return }
        }
    }

    /// One look at everything. Answers whether another is due soon.
    package func look() async -> Bool {
        if let reports = reports.withLock({ $0 }) {
            said = await reports.workers(
                replicas.values.filter { $0.record.elevationPort != nil }.map(\.record.instance))
        }
        step()
        return isBusy
    }

    /// Where a ready replica of a service answers: its first port; nil where there is none.
    package func address(of component: String, of application: ApplicationName, on side: Side) -> String? {
        guard let deployment = applications[tenancy.tenant.key(application)]?.sides[side],
            case .process(let run)? = deployment.release.components.first(where: { $0.name == component })?.run,
            let port = run.ports.first
        else { return nil }
        let ready = replicas.values.filter {
            $0.record.deployment == deployment.id && $0.record.component == component && $0.isReady && $0.isKept
        }
        return ready.min { $0.record.ordinal < $1.record.ordinal }?.record.ports[port].map { "http://127.0.0.1:\($0)" }
    }
}
