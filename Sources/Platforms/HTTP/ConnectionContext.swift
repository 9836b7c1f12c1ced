import Hummingbird
import NIOCore

/// What is known of a request beside its words: the connection that it came over, which can be ended.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
