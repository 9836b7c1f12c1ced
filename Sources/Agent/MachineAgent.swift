package import Logging
import Signal
import Synchronization

/// What runs once on a machine: tells each instance that is registered there what the source says of it, and reports
/// what the workers do.
package struct MachineAgent: Sendable {
    /// The machine's name, as in `InstanceName`.
    package var machine: String
    /// Where instances are registered.
    package var instances: String
    /// The agent's own folder.
    package var state: String
    package var source: any ElevationSource
    /// Where an Envoy takes the endpoints' place; both this folder and ``state`` are absolute then.
    package var envoy: EnvoyFiles?
    /// Where services are registered that the Envoy divides; nil for none.
    package var services: String?
    package var time: AgentTime
    package var logger: Logger

    /// Time between looks at the registrations.
    package static let interval = Duration.milliseconds(250)
    /// Looks between two times that the cache says that the source is still there.
    private static let looksPerTouch = 120

    package init(
        machine: String, instances: String, state: String, source: any ElevationSource, envoy: EnvoyFiles? = nil,
        services: String? = nil, time: AgentTime = .system, logger: Logger
    ) {
        self.machine = machine
        self.instances = instances
        self.state = state
        self.source = source
        self.envoy = envoy
        self.services = services
        self.time = time
        self.logger = logger
    }

    /// Until it is cancelled, or its source has no way on.
    package func run() async throws {
        let cache = StateCache(directory: state)
        let kept = cache.read(now: time.now())
        if let finding = kept.finding { logger.warning("\(finding)") }
        let board = InstanceBoard(told: kept.states, staleSince: kept.heardAt, takesReports: source.takesReports)
        if !source.takesReports {
            logger.notice("this source takes no reports, so a rollout of consumers holds at what it cannot observe")
        }
        // Before anybody is heard or told: an instance that was not looked for yet is not gone.
        var folder = RegistrationFolder<Registration>(instances)
        take(folder.look(), board)
        let server = EndpointServer(board: board, time: time, logger: logger)
        let sender = ReportSender(machine: machine, board: board, source: source, time: time, logger: logger) {
            keep(board, cache)
        }
        let registrations = folder
        let writer = envoy.map { EnvoyWriter($0, machine: machine, sockets: state, logger: logger) }
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await follow(board, cache, writer) }
                group.addTask { try await serve(board, server, cache, writer, registrations) }
                group.addTask { try await sender.run() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await server.shutDown()
            throw error
        }
        await server.shutDown()
    }

    /// Takes what the source tells, and keeps it for a restart.
    private func follow(_ board: InstanceBoard, _ cache: StateCache, _ writer: EnvoyWriter?) async throws {
        let said = Mutex<String?>(nil)
        try await source.run { news in
            switch news {
            case .elevations(let message):
                let wasAway = board.staleSince != nil
                guard board.take(message) else { break }
                if wasAway, message.isFull {
                    logger.notice("the source is there, and tells \(message.states.count) instances")
                }
                said.withLock { $0 = nil }
                keep(board, cache)
                await writer?.follow(board)
            case .lost(let why):
                // Once for each reason.
                let isNews = said.withLock { said in
                    defer { said = why }
                    return said != why
                }
                if isNews {
                    logger.warning("the source is gone: \(why); what it told last goes on to be told")
                }
                board.lose(at: time.now())
            }
        }
    }

    private func keep(_ board: InstanceBoard, _ cache: StateCache) {
        do {
            try cache.write { board.told }
        } catch {
            logger.error("what instances are told cannot be kept for a restart: \(error)")
        }
    }

    private func take(_ look: RegistrationFolder<Registration>.Look?, _ board: InstanceBoard) {
        guard let look else { return }
        for finding in look.findings { logger.warning("\(finding)") }
        board.take(look.registrations, at: time.now(), isComplete: look.isComplete)
    }

    /// Listens for the instances that are registered.
    private func serve(
        _ board: InstanceBoard, _ server: EndpointServer, _ cache: StateCache, _ writer: EnvoyWriter?,
        _ folder: RegistrationFolder<Registration>
    ) async throws {
        var folder = folder
        var splits = services.map { ServiceSplits($0, now: time.now) }
        var listening = Listening(server: server, logger: logger) { [envoy, state] registration in
            envoy == nil ? registration.listen : EnvoyWriter.address(of: registration.instance, in: state)
        }
        var looks = 0
        do {
            while true {
                take(folder.look(), board)
                await listening.follow(board.instances)
                if let look = splits?.look() {
                    for finding in look.findings { logger.warning("\(finding)") }
                    await writer?.follow(board, dividing: look.splits)
                } else {
                    await writer?.follow(board)
                }
                looks += 1
                if looks.isMultiple(of: Self.looksPerTouch), board.staleSince == nil { cache.touch() }
                try await time.sleep(Self.interval)
            }
        } catch {
            await listening.end()
            throw error
        }
    }
}
