import NIOCore
import Signal
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
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

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

    /// Notes a connection; false where there are too many.
    private func begin(_ channel: any Channel) -> Bool {
        connections.withLock { open in
            guard open.count < Self.connectionLimit else { return false }
            open[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    private func finish(_ channel: any Channel) { connections.withLock { $0[ObjectIdentifier(channel)] = nil } }

    /// Ends all connections: who polls on one that is kept alive would go on being told what nobody tells it any more.
    func hangUp() {
        for channel in connections.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }

    /// Makes a channel a connection to the instance. On its event loop.
    func serve(_ instance: AgentInstance, on channel: any Channel) throws {
        guard begin(channel) else {
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { _ in self.finish(channel) }
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
