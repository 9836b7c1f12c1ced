import Glibc
import Hummingbird
package import HummingbirdCore
package import NIOCore

/// What every server of this process bounds: how many connections there are, and how long one may say nothing.
package enum BoundedServer {
    /// Connections over HTTP/1.1 that are given up when nothing whole comes for a while, or what was sent is not taken.
    package static func http1(idle: TimeAmount) -> HTTPServerBuilder {
        .http1(
            configuration: .init(
                additionalChannelHandlers: [ImpatientConnection(), RequestHead.Placing()], idleTimeout: idle))
    }

    /// So many at most; further ones wait to be accepted, and files of the process are left for everything else.
    package static func connections(_ most: Int) -> MaximumAvailableConnections {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return MaximumAvailableConnections(min(most, 512))
        }
        return MaximumAvailableConnections(max(64, min(most, Int(clamping: limit.rlim_cur) / 2)))
    }
}
