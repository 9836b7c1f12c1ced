package import Hummingbird
package import NIOCore

/// What is known of a request beside its words: the connection that it came over, which can be ended.
package struct ConnectionContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
