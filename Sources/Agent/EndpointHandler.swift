import NIOCore
import Signal

/// Speaks HTTP on one connection to one instance's endpoint.
///
/// A request that is all there is answered by bytes that are there already. What comes while an answer is still awaited,
/// or while the other end does not read, is bounded by what the system keeps for a connection.
final class EndpointHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request that waits for news.
    private struct Waiting {
        var path: PollRequest.Path
        var tag: [UInt8]
        var keepsAlive: Bool
        var waiter: Int
        var timeout: Scheduled<Void>
    }

    private let instance: AgentInstance
    private let endpoint: Endpoint
    private var pending = ByteBuffer()
    private var waiting: Waiting?
    private var context: ChannelHandlerContext?
    private var isClosing = false
    private var isHolding = false
    private var idle: Scheduled<Void>?
    private var lastAnswer = NIODeadline.uptimeNanoseconds(0)

    init(_ instance: AgentInstance, _ endpoint: Endpoint) {
        self.instance = instance
        self.endpoint = endpoint
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastAnswer = context.eventLoop.now
        watch(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.discardReadBytes()
            pending.writeBuffer(&bytes)
        }
        process(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, isHolding {
            process(context)
            context.flush()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Answers what is there, in order.
    private func process(_ context: ChannelHandlerContext) {
        while !isClosing, waiting == nil, pending.readableBytes > 0, context.channel.isWritable {
            guard let length = pending.withUnsafeReadableBytes({ answer(context, $0) }) else { break }
            pending.moveReaderIndex(forwardBy: length)
        }
        if pending.readableBytes == 0 || isClosing { pending = ByteBuffer() }
        // A client that does not read its answers, or sends more while it waits, is not read from either.
        let holds = !isClosing && (!context.channel.isWritable || waiting != nil && pending.readableBytes > 0)
        if holds != isHolding {
            isHolding = holds
            context.channel.setOption(.autoRead, value: !holds).whenFailure { _ in }
        }
    }

    /// Answers the first request of these bytes.
    ///
    /// - Returns: its length; nil where it is not all there, or the last of its connection.
    private func answer(_ context: ChannelHandlerContext, _ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let request = PollRequest.parse(bytes) else { return nil }
        lastAnswer = context.eventLoop.now
        if let refusal = request.refusal {
            write(context, Refusals.response(to: refusal), keepsAlive: request.keepsAlive)
            return request.length
        }
        guard let host = request.host, endpoint.isAddressed(by: bytes[host]) else {
            write(context, Refusals.wrongHost, keepsAlive: request.keepsAlive)
            return request.length
        }
        if let worker = request.worker {
            switch instance.hear(bytes[worker]) {
            case .nothingNew: break
            case .news: endpoint.heard(instance)
            case .misunderstood: endpoint.misunderstood(instance)
            }
        }
        if let condition = request.ifNoneMatch {
            let tag = instance.answers[request.path].tag
            guard PollRequest.list(bytes[condition], names: tag) else {
                respond(context, unless: nil, request.path, keepsAlive: request.keepsAlive)
                return request.length
            }
            if let seconds = request.wait, seconds > 0, wait(context, request, tag, seconds) { return request.length }
            respond(context, unless: tag, request.path, keepsAlive: request.keepsAlive)
        } else {
            respond(context, unless: nil, request.path, keepsAlive: request.keepsAlive)
        }
        return request.length
    }

    private func respond(
        _ context: ChannelHandlerContext, unless tag: [UInt8]?, _ path: PollRequest.Path, keepsAlive: Bool
    ) {
        let answers = instance.answer()
        let resource = answers[path]
        if tag == resource.tag {
            write(context, resource.notModified, keepsAlive: keepsAlive)
        } else if let since = answers.staleSince {
            write(context, resource.full(age: endpoint.now() - since), keepsAlive: keepsAlive)
        } else {
            write(context, resource.full, keepsAlive: keepsAlive)
        }
    }

    private func write(_ context: ChannelHandlerContext, _ response: ByteBuffer, keepsAlive: Bool) {
        guard !keepsAlive else {
            context.write(wrapOutboundOut(response), promise: nil)
            return
        }
        isClosing = true
        idle?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(response)).whenComplete { _ in bound.value.close(promise: nil) }
    }

    // MARK: - Waiting

    /// - Returns: whether it waits; otherwise there is something new already.
    private func wait(_ context: ChannelHandlerContext, _ request: PollRequest, _ tag: [UInt8], _ seconds: Int) -> Bool
    {
        let (loop, bound) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        let waiter = instance.wait(for: request.path, beyond: tag) { loop.execute { bound.value.wake(isOver: false) } }
        guard let waiter else { return false }
        let timeout = loop.scheduleTask(in: .seconds(Int64(seconds))) { bound.value.wake(isOver: true) }
        waiting = Waiting(
            path: request.path, tag: tag, keepsAlive: request.keepsAlive, waiter: waiter, timeout: timeout)
        return true
    }

    /// Answers who waits, where there is something new or the time is over.
    private func wake(isOver: Bool) {
        guard let context, var waiting else { return }
        self.waiting = nil
        if !isOver {
            // Something else may have changed than what it asked for.
            let (loop, bound) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
            let again = instance.wait(for: waiting.path, beyond: waiting.tag) {
                loop.execute { bound.value.wake(isOver: false) }
            }
            if let again {
                waiting.waiter = again
                self.waiting = waiting
                return
            }
        }
        waiting.timeout.cancel()
        instance.stopWaiting(waiting.waiter)
        lastAnswer = context.eventLoop.now
        respond(context, unless: waiting.tag, waiting.path, keepsAlive: waiting.keepsAlive)
        process(context)
        context.flush()
    }

    private func end() {
        if let waiting {
            waiting.timeout.cancel()
            instance.stopWaiting(waiting.waiter)
        }
        idle?.cancel()
        (waiting, context, idle, isClosing) = (nil, nil, nil, true)
    }

    // MARK: - Idleness

    /// Ends the connection when nothing was answered on it for long: it is idle, or sends a request by drips, or does not
    /// read.
    private func watch(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        idle = context.eventLoop.scheduleTask(deadline: lastAnswer + endpoint.idleTime) {
            bound.value.lookWhetherIdle()
        }
    }

    private func lookWhetherIdle() {
        guard let context, !isClosing else { return }
        if waiting == nil, context.eventLoop.now >= lastAnswer + endpoint.idleTime {
            context.close(promise: nil)
        } else {
            if waiting != nil { lastAnswer = context.eventLoop.now }
            watch(context)
        }
    }
}
