import NIOCore
import NIOPosix

/// Gives up a connection whose other end has not acknowledged what was sent for a while: a machine that lost its power
/// does not hang up.
final class ImpatientConnection: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = any Sendable

    /// Milliseconds.
    private static let patience = 20_000
    /// `TCP_USER_TIMEOUT`, which NIO has no name for.
    private static let option = NIOBSDSocket.Option(rawValue: 18)

    func handlerAdded(context: ChannelHandlerContext) {
        // Where there is no such option, the system's own patience holds.
        _ = context.channel.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: Self.option), value: Self.patience)
    }
}
