import Glibc
package import Logging
import NIOCore
import NIOPosix
import Signal

/// Listens at the address of every instance of the board, on one thread.
package final class EndpointServer: Sendable {
    private let board: InstanceBoard
    private let group: MultiThreadedEventLoopGroup
    private let time: AgentTime
    private let idleTime: TimeAmount
    private let logger: Logger

    /// Listens for nobody yet, and ends connections that are without an answer for `idleTime`.
    package init(
        board: InstanceBoard, time: AgentTime, idleTime: Duration = .seconds(90), logger: Logger
    ) {
        self.idleTime = TimeAmount(idleTime)
        self.board = board
        self.time = time
        self.logger = logger
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// What listens for an instance.
    struct Listener {
        fileprivate var channel: any Channel
        fileprivate var endpoint: Endpoint
        fileprivate var address: ListenAddress
    }

    /// Listens for an instance.
    ///
    /// - Throws: ``Failure``, where the address cannot be had.
    func open(_ instance: AgentInstance, at address: ListenAddress) async throws(Failure) -> Listener {
        let endpoint = Endpoint(
            address, idleTime: idleTime, now: time.now,
            heard: { [board] instance in board.note(newsOf: instance.registration.instance) },
            misunderstood: { [logger] instance in
                logger.warning(
                    "\(instance.registration.instance): its \(WorkerReport.header) header says nothing that is understood"
                )
            })
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2_048))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try endpoint.serve(instance, on: channel) }
            }
        do {
            let channel =
                switch address {
                case .loopback4(let port): try await bootstrap.bind(host: "127.0.0.1", port: Int(port)).get()
                case .loopback6(let port): try await bootstrap.bind(host: "::1", port: Int(port)).get()
                case .unix(let path): try await Self.bind(bootstrap, path)
                }
            return Listener(channel: channel, endpoint: endpoint, address: address)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(address.text) cannot be listened at: \(error)")
        }
    }

    /// Takes a socket's place by renaming, so that one that a killed agent left is replaced, and nobody else's user can
    /// connect at any moment.
    private static func bind(_ bootstrap: ServerBootstrap, _ path: String) async throws -> any Channel {
        var status = Glibc.stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw Failure("\(path) is there already and no socket")
        }
        let temporary = path + ".new"
        unlink(temporary)
        let channel = try await bootstrap.bind(unixDomainSocketPath: temporary).get()
        guard chmod(temporary, 0o600) == 0, rename(temporary, path) == 0 else {
            let problem = String(cString: strerror(errno))
            unlink(temporary)
            try? await channel.close()
            throw Failure("\(path) cannot be made: \(problem)")
        }
        return channel
    }

    /// Ends what `open` began with all its connections, and takes the socket away.
    func close(_ listener: Listener) async {
        try? await listener.channel.close()
        listener.endpoint.hangUp()
        if case .unix(let path) = listener.address { unlink(path) }
    }

    /// Ends the thread.
    package func shutDown() async { try? await group.shutdownGracefully() }

    /// Why an address cannot be had, in a sentence.
    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }
}
