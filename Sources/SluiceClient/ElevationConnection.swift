import Glibc

/// One connection to the endpoint, kept between polls. Used by one thread.
///
/// Nothing here waits longer than it is told, and whoever writes to the wake descriptor ends the wait.
struct ElevationConnection: ~Copyable {
    private let endpoint: ElevationEndpoint
    private var file: Int32 = -1

    /// Why there is no answer.
    enum Failure: Error {
        case interrupted
        case problem(ElevationReading.Problem)
    }

    init(_ endpoint: ElevationEndpoint) { self.endpoint = endpoint }

    deinit { if file >= 0 { close(file) } }

    /// Sends a request and reads the answer.
    ///
    /// - Parameters:
    ///   - text: the whole request.
    ///   - deadline: of ``monotonic``.
    ///   - wake: a descriptor that becomes readable when the wait should end; the connection is given up then. -1 for
    ///     none.
    /// - Returns: the whole answer.
    /// - Throws: why there is none.
    mutating func exchange(
        _ text: String, until deadline: Duration, wake: Int32
    ) throws(Failure) -> ElevationResponse {
        // A connection that was kept may have been closed meanwhile; then a new one is tried once.
        if file >= 0 {
            do throws(Failure) {
                return try attempt(text, until: deadline, wake: wake)
            } catch {
                disconnect()
                guard case .problem(.away) = error, Self.monotonic < deadline else { throw error }
            }
        }
        do throws(Failure) {
            try connect(until: deadline, wake: wake)
            return try attempt(text, until: deadline, wake: wake)
        } catch {
            disconnect()
            throw error
        }
    }

    private mutating func attempt(
        _ text: String, until deadline: Duration, wake: Int32
    ) throws(Failure) -> ElevationResponse {
        try send(Array(text.utf8), until: deadline, wake: wake)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(file, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                try wait(for: Int16(POLLIN), until: deadline, wake: wake)
                continue
            }
            guard count > 0 else { throw away(count == 0 ? "the endpoint hung up" : Self.reason("reading")) }
            bytes += buffer[..<count]
            do throws(ElevationResponse.Malformed) {
                guard let response = try ElevationResponse.read(bytes) else { continue }
                if !response.keepsConnection { disconnect() }
                return response
            } catch {
                throw .problem(.refused(error.description))
            }
        }
    }

    private func send(_ bytes: [UInt8], until deadline: Duration, wake: Int32) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(file, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                try wait(for: Int16(POLLOUT), until: deadline, wake: wake)
                continue
            }
            guard count > 0 else { throw away(Self.reason("asking")) }
            sent += count
        }
    }

    private mutating func connect(until deadline: Duration, wake: Int32) throws(Failure) {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let result: Int32
        switch endpoint {
        case .loopback(let port):
            file = socket(AF_INET, flags, 0)
            guard file >= 0 else { throw away(Self.reason("opening a socket")) }
            var yes: Int32 = 1
            setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            result = Self.connect(file, &address)
        case .unix(let path):
            file = socket(AF_UNIX, flags, 0)
            guard file >= 0 else { throw away(Self.reason("opening a socket")) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            result = Self.connect(file, &address)
        }
        if result == 0 { return }
        guard errno == EINPROGRESS else { throw away(Self.reason("connecting")) }
        try wait(for: Int16(POLLOUT), until: deadline, wake: wake)
        var problem: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(file, SOL_SOCKET, SO_ERROR, &problem, &length)
        guard problem == 0 else {
            errno = problem
            throw away(Self.reason("connecting"))
        }
    }

    private static func connect<Address>(_ file: Int32, _ address: inout Address) -> Int32 {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(file, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private func wait(for events: Int16, until deadline: Duration, wake: Int32) throws(Failure) {
        while true {
            let left = deadline - Self.monotonic
            guard left > .zero else { throw away("the endpoint does not answer in time") }
            var files = [
                pollfd(fd: file, events: events, revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&files, 2, Self.milliseconds(left))
            if count > 0, files[1].revents != 0 { throw .interrupted }
            if count > 0 { return }
        }
    }

    private mutating func disconnect() {
        if file >= 0 { close(file) }
        file = -1
    }

    private func away(_ why: String) -> Failure { .problem(.away(why)) }

    private static func reason(_ doing: String) -> String {
        "the endpoint is away: \(doing): \(String(cString: strerror(errno)))"
    }

    /// Rounded up, so that a wait does not end early and spin.
    static func milliseconds(_ time: Duration) -> Int32 {
        let whole = time.components.seconds.multipliedReportingOverflow(by: 1_000)
        guard !whole.overflow, whole.partialValue < 3_600_000 else { return 3_600_000 }
        return Int32(whole.partialValue)
            + Int32((time.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// The machine's monotonic clock.
    static var monotonic: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
