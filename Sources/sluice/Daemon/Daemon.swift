import Core
import Foundation
import Gates
import Git
import Logging
import Platforms
import Reconciler
import Repository
import Routing
import ServiceLifecycle
import Supervision
import UnixSignals

/// Everything that a daemon is made of, put together.
struct Daemon {
    struct Settings {
        var repository: Remote
        var branch = "main"
        var path = ""
        var environment = "default"
        /// For whom the platform is used; the same that the attachment has.
        var tenancy: Tenancy?
        var statusRepository: Remote
        /// What the environment followed until now is given up for the branch and the folder here.
        var followsAnew = false
        /// Time between polls, by the wall's clock.
        var interval: Span = .seconds(10)
        var author = (name: "Sluice", email: "sluice@localhost")
        /// nil: the platform routes by itself.
        var traffic: Traffic?
        /// The Prometheus that analyses ask where they name none.
        var prometheus: String?
        /// The file with what signs webhooks.
        var webhookSecretFile: String?
        /// The file by which signatures of requests are judged.
        var allowedSigners: String?
        /// nil: no agents.
        var agents: AgentsOptions.Settings?

        /// What those who read the status branch are to know of its writer.
        func record(scale: Double) -> EnvironmentRecord {
            var record = EnvironmentRecord(environment: environment, epoch: 0)
            (record.branch, record.path) = (branch, path.isEmpty ? "." : path)
            if !repository.isSameRepository(as: statusRepository) { record.manifests = repository.url }
            record.host = ProcessInfo.processInfo.hostName
            if scale != 1 { record.timeScale = scale == scale.rounded() ? "\(Int64(scale))" : "\(scale)" }
            record.interval = interval.description
            return record
        }
    }

    /// Where traffic files are written.
    struct Traffic {
        var repository: Remote
        var branch: String
        /// Branches of readers who acknowledge.
        var readers: [String]
        var settings: GitTrafficRouter.Settings
    }

    /// What the applications run on.
    enum Attachment {
        case embedded(SimulatedEnvironment)
        case remote(SimulatorClient)
        /// Real processes of this machine, by the clock given.
        case processes(ProcessPlatform, ClockTime<ContinuousClock>)

        var platform: any Platform & Workloads & Router & GateEvaluator & Service {
            switch self {
            case .embedded(let platform): platform
            case .remote(let client): client
            case .processes(let platform, _): platform
            }
        }

        var time: ClockTime<ContinuousClock> {
            switch self {
            case .embedded(let environment): environment.platform.time
            case .remote(let client): client.time
            case .processes(_, let time): time
            }
        }

        /// How many times faster than the wall's clock time passes.
        var scale: Double {
            switch self {
            case .embedded(let environment): environment.platform.scale
            case .remote(let client): client.scale
            case .processes: 1
            }
        }
    }

    let loop: Loop<Engine>
    let manifests: GitManifestSource
    let statuses: GitStatusStore
    /// What is to run besides the loop, and to end after it.
    let platform: any Service
    /// What serves the machines' agents, and what knows of those who have no stream.
    private let agents: [any Service]
    let time: ClockTime<ContinuousClock>
    private let transports: [Transport]

    init(_ settings: Settings, on attachment: Attachment, state: StateDirectory, logger: Logger) throws {
        // A server that wants to be left alone is, by all of them.
        let resting = RestingServers()
        let transport = { Transport(executable: "/proc/self/exe", resting: resting) }
        // Requests have their own, so that a pause does not wait for what is being pushed.
        let (manifestTransport, statusTransport) = (transport(), transport())
        let (trafficTransport, requestTransport) = (transport(), transport())
        transports = [manifestTransport, statusTransport, trafficTransport, requestTransport]
        time = attachment.time
        let notice: @Sendable (String) -> Void = { logger.warning("\($0)") }
        let statuses = GitStatusStore(
            mirror: try Mirror(at: state / "status.git"), transport: statusTransport,
            remote: settings.statusRepository, environment: settings.environment, time: time, author: settings.author,
            about: settings.record(scale: attachment.scale), tenancy: settings.tenancy, notice: notice)
        self.statuses = statuses
        // The branches of one repository are looked for together.
        let poll = SharedPoll(manifestTransport, settings.repository)
        let isOne = settings.repository.isSameRepository(as: settings.statusRepository)
        let mirror = try Mirror(at: state / "manifests.git")
        manifests = GitManifestSource(
            mirror: mirror, transport: manifestTransport, remote: settings.repository, poll: poll,
            branch: settings.branch, path: settings.path, environment: settings.environment,
            neighbour: isOne ? statuses : nil,
            recorded: { await statuses.takeRecorded() }, notice: notice)
        let requests = GitRequestSource(
            mirror: try Mirror(at: state / "requests.git"), transport: requestTransport,
            remote: settings.statusRepository, poll: isOne ? poll : nil, environment: settings.environment, time: time,
            author: settings.author, check: settings.allowedSigners.map { SignatureCheck(allowedSigners: $0) },
            notice: notice)
        let restorer = GitManifestRestorer(
            source: manifests, environment: settings.environment, time: time, author: settings.author)
        var configuration = Self.configuration(settings, scale: attachment.scale)
        configuration.platform = if case .processes = attachment { .process } else { .simulated }
        let journal = SupervisedJournal(
            store: try SQLiteSupervisionStore(path: state / "supervision.sqlite"),
            window: configuration.effectDeadline)
        platform = attachment.platform
        let record = LateRecord()
        var routed = try Self.platform(
            attachment, settings, mirror: state / "traffic.git", transport: trafficTransport, record: record,
            statuses: statuses, notice: notice)
        let following = FollowingStatusStore(statuses, manifests, followsAnew: settings.followsAnew)
        var leading: any StatusStore = following
        if let agentSettings = settings.agents {
            let hub = ElevationHub(
                time: time,
                archive: try agentSettings.archive(mirror: state / "elevation.git", author: settings.author),
                notice: notice)
            routed = ElevatedPlatform(
                routed, hub: hub, consumers: { await record.elevated(of: $0) },
                revision: { await record.status(of: $0)?.observedRevision })
            leading = LeadingStatusStore(following, hub: hub)
            if case .processes(let processes, _) = attachment { processes.follow(hub) }
            let followers = [agentSettings.follower(hub, logger: logger)].compactMap { $0 }
            agents = [try agentSettings.server(hub, logger: logger)] + followers
        } else {
            agents = []
        }
        let effects = Effects(
            platform: routed,
            gates: Self.gates(settings, attachment, files: MirrorFiles(mirror)), manifests: manifests,
            statuses: leading, requests: requests, restorer: restorer, journal: journal, time: time,
            deadline: configuration.effectDeadline)
        loop = Loop(
            machine: Engine(configuration: configuration), effects: effects, logger: logger,
            shutdownGrace: Self.scaled(.seconds(10), attachment.scale), standbyInterval: configuration.pollInterval)
        record.follow(loop)
    }

    /// The platform as it is, or routed by traffic files that it then follows.
    private static func platform(
        _ attachment: Attachment, _ settings: Settings, mirror: String, transport: Transport, record: LateRecord,
        statuses: GitStatusStore, notice: @escaping @Sendable (String) -> Void
    ) throws -> any Platform {
        guard let traffic = settings.traffic else { return attachment.platform }
        let wall = ClockTime<ContinuousClock>.wall()
        let branch = TrafficBranch(
            mirror: try Mirror(at: mirror), transport: transport, remote: traffic.repository, name: traffic.branch,
            readers: traffic.readers, wall: wall, author: settings.author)
        let router = GitTrafficRouter(
            traffic.settings, branch: branch, time: attachment.time, wall: wall,
            context: { name in await record.status(of: name).map { TrafficContext($0) } ?? TrafficContext() },
            leadership: .init(
                own: { await record.epoch() },
                // What cannot be found out now is found out when it is asked again.
                isOver: { epoch in ((try? await statuses.newerEpoch(than: epoch)) ?? nil) != nil }),
            notice: notice)
        return ComposedPlatform(
            workloads: attachment.platform, router: FollowedRouter(router, followedBy: attachment.platform))
    }

    /// What a platform can measure itself it does; an approval is nobody's yet.
    private static func gates(
        _ settings: Settings, _ attachment: Attachment, files: some ManifestFiles
    ) -> GateEvaluators {
        var serviceURL: String?
        if case .remote(let client) = attachment { serviceURL = client.serviceURL }
        var smokeTest: any GateEvaluator = SmokeTestEvaluator(
            standardURL: serviceURL, files: files, fallback: attachment.platform)
        if case .processes(let platform, _) = attachment {
            smokeTest = ProcessSmokeTests(platform, files: files)
        }
        return GateEvaluators(
            smokeTest: smokeTest,
            analysis: PrometheusAnalysis(
                address: settings.prometheus, time: attachment.time, platform: attachment.platform),
            webhook: WebhookEvaluator(
                environment: settings.environment, secretFile: settings.webhookSecretFile))
    }

    /// What waits for other machines waits by the wall's clock, however fast the platform's time passes.
    private static func configuration(_ settings: Settings, scale: Double) -> EngineConfiguration {
        var configuration = EngineConfiguration(
            environment: settings.environment, seed: UInt64.random(in: .min ... .max))
        configuration.pollInterval = scaled(settings.interval, scale)
        configuration.effectDeadline = scaled(configuration.effectDeadline, scale)
        configuration.backoffBase = scaled(configuration.backoffBase, scale)
        configuration.backoffLimit = scaled(configuration.backoffLimit, scale)
        configuration.maxObservationAge = max(configuration.maxObservationAge, scaled(.seconds(2), scale))
        configuration.clockTolerance = max(configuration.clockTolerance, scaled(.seconds(10), scale))
        return configuration
    }

    private static func scaled(_ span: Span, _ scale: Double) -> Span {
        .milliseconds(Int64((Double(span.milliseconds) * max(scale, 1)).rounded(.up)))
    }

    /// Runs until it is told to stop, or, with `once`, until nothing is left to do now.
    func run(once: Bool, logger: Logger) async throws {
        let work = Work(loop: loop, once: once)
        var services = [ServiceGroupConfiguration.ServiceConfiguration(service: platform)]
        services += agents.map { .init(service: $0) }
        services.append(
            .init(
                service: work, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        defer { Task { [transports] in for transport in transports { await transport.close() } } }
        let result: Result<Void, any Error>
        do { result = .success(try await group.run()) } catch { result = .failure(error) }
        await leave(logger)
        try result.get()
    }

    /// How long a stop waits for the repository to hear of it.
    private static let farewell = Duration.seconds(5)

    /// Says on the status branch that nobody leads any more. Where that does not succeed the branch is as a killed daemon
    /// leaves it.
    private func leave(_ logger: Logger) async {
        let leaving = Task { try await statuses.leave() }
        let limit = Task {
            try await Task.sleep(for: Self.farewell)
            leaving.cancel()
        }
        defer { limit.cancel() }
        do {
            _ = try await leaving.value
        } catch let failure as EffectFailure {
            logger.warning("that nobody leads any more could not be told: \(failure.message)")
        } catch {
            logger.warning("that nobody leads any more could not be told: it was given up after \(Self.farewell)")
        }
    }

    /// The loop, in one of its two ways.
    private struct Work: Service {
        var loop: Loop<Engine>
        var once: Bool

        func run() async throws {
            if once { try await loop.runUntilQuiescent() } else { try await loop.run() }
        }
    }
}
