import NIOCore
import NIOHTTP1

/// Looks at the head of each request before anything else does, for what two readers may take for two things: whoever
/// forwards the request would see one of them, and whoever answers it another.
///
/// It leaves one name of whom it is for, in `Host`: that of its target where it names one (`GET http://name/path`), which
/// counts before the header (RFC 9112, 3.2.2), and none where it names two. Where nobody can say where it ends, since its
/// transfer coding is another than `chunked`, it is the last of its connection, and nothing that follows is read.
final class RequestHead: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var isFirst = true
    private var isOver = false

    /// Puts one where requests have just been read from the bytes of a connection: further on, a target is a path.
    final class Placing: ChannelInboundHandler, RemovableChannelHandler, Sendable {
        typealias InboundIn = any Sendable

        func handlerAdded(context: ChannelHandlerContext) {
            let pipeline = context.pipeline.syncOperations
            do {
                let reader = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(RequestHead(), position: .after(reader))
            } catch {
                // Without it nobody could say whom a request is for.
                context.close(promise: nil)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        guard head.headers["Transfer-Encoding"].allSatisfy({ $0.lowercased() == "chunked" }),
            head.headers["Transfer-Encoding"].count <= 1
        else { return refuse(context) }
        isFirst = false
        let isTwice = head.headers["Host"].count > 1
        guard isTwice || !head.uri.hasPrefix("/") else { return context.fireChannelRead(data) }
        head.headers.replaceOrAdd(name: "Host", value: isTwice ? "" : Self.authority(of: head.uri))
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isOver = true
        // An answer that goes before that to an earlier request would be taken for it.
        guard isFirst else { return context.close(promise: nil) }
        let headers: HTTPHeaders = ["Connection": "close", "Content-Length": "0"]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .notImplemented, headers: headers))),
            promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    /// Whom a target is for that is no path; empty where it names nobody.
    private static func authority(of target: String) -> String {
        guard let mark = target.firstRange(of: "://") else { return "" }
        return String(target[mark.upperBound...].prefix { !"/?#".contains($0) })
    }
}
