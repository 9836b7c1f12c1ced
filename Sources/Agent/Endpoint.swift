import Elevation
import NIOCore
import Synchronization

/// One instance's own address, and what all connections to it share.
final class Endpoint: Sendable {
    /// How long a connection may be without an answer.
    let idleTime: TimeAmount
    /// Most connections at a time; one more is closed at once.
    static let connectionLimit = 128

    let now: @Sendable () -> Int
    /// A worker's state has changed.
    let heard: @Sendable (AgentInstance) -> Void
    /// A worker's header says nothing.
    let misunderstood: @Sendable (AgentInstance) -> Void
    private let hosts: [[UInt8]]
    private let connections = Mutex(0)

    init(
        _ address: ListenAddress, idleTime: TimeAmount, now: @escaping @Sendable () -> Int,
        heard: @escaping @Sendable (AgentInstance) -> Void, misunderstood: @escaping @Sendable (AgentInstance) -> Void
    ) {
        self.idleTime = idleTime
        self.now = now
        self.heard = heard
        self.misunderstood = misunderstood
        hosts = address.hosts.map { Array($0.utf8) }
    }

    func isAddressed(by host: Slice<UnsafeRawBufferPointer>) -> Bool {
        hosts.contains { host.elementsEqual($0) }
    }

    /// Counts a connection; false where there are too many.
    func begin() -> Bool {
        connections.withLock { count in
            guard count < Self.connectionLimit else { return false }
            count += 1
            return true
        }
    }

    func finish() { connections.withLock { $0 -= 1 } }

    /// Makes a channel a connection to the instance. On its event loop.
    func serve(_ instance: AgentInstance, on channel: any Channel) throws {
        guard begin() else {
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { _ in self.finish() }
        try channel.pipeline.syncOperations.addHandler(EndpointHandler(instance, self))
    }
}

extension ListenAddress {
    /// What `Host` has to be. A page from elsewhere that a browser of this machine opens may have its own name resolve to
    /// loopback; it cannot choose `Host`.
    var hosts: [String] {
        switch self {
        case .loopback4(let port): ["127.0.0.1:\(port)", "localhost:\(port)"]
        case .loopback6(let port): ["[::1]:\(port)", "localhost:\(port)"]
        case .unix: ["localhost"]
        }
    }
}
