import NIOCore
import NIOHTTP1

/// Leaves each request one name of whom it is for, in `Host`: that of its target where it names one
/// (`GET http://name/path`), which counts before the header (RFC 9112, 3.2.2), and none where it names two.
///
/// Whoever decides by the name would otherwise see one of them, and whoever forwards the request another.
final class NamedHost: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// Puts one where requests have just been read from the bytes of a connection: further on, a target is a path.
    final class Placing: ChannelInboundHandler, RemovableChannelHandler, Sendable {
        typealias InboundIn = any Sendable

        func handlerAdded(context: ChannelHandlerContext) {
            let pipeline = context.pipeline.syncOperations
            do {
                let reader = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(NamedHost(), position: .after(reader))
            } catch {
                // Without it nobody could say whom a request is for.
                context.close(promise: nil)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isTwice = head.headers["Host"].count > 1
        guard isTwice || !head.uri.hasPrefix("/") else { return context.fireChannelRead(data) }
        head.headers.replaceOrAdd(name: "Host", value: isTwice ? "" : Self.authority(of: head.uri))
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Whom a target is for that is no path; empty where it names nobody.
    private static func authority(of target: String) -> String {
        guard let mark = target.firstRange(of: "://") else { return "" }
        return String(target[mark.upperBound...].prefix { !"/?#".contains($0) })
    }
}
