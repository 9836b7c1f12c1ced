import CGit2
import Glibc

/// libgit2's TCP stream with TCP_NODELAY: libgit2 sends a request's header and body apart, and without it each fetch
/// waits some 40 ms for a delayed acknowledgement.
enum SocketStream {
    /// Makes libgit2 use this stream below http, https and git.
    static func register() {
        var registration = git_stream_registration()
        registration.version = GIT_STREAM_VERSION
        registration.`init` = { out, host, port in
            guard let out, let host, let port else { return -1 }
            let stream = UnsafeMutablePointer<sluice_socket_stream>.allocate(capacity: 1)
            stream.initialize(to: sluice_socket_stream())
            stream.pointee.socket = -1
            stream.pointee.host = strdup(host)
            stream.pointee.port = strdup(port)
            stream.pointee.parent.version = GIT_STREAM_VERSION
            stream.pointee.parent.connect = { SocketStream.connect($0) }
            stream.pointee.parent.read = { SocketStream.read($0, $1, $2) }
            stream.pointee.parent.write = { stream, bytes, count, _ in SocketStream.write(stream, bytes, count) }
            stream.pointee.parent.close = { SocketStream.close($0) }
            stream.pointee.parent.free = { SocketStream.free($0) }
            out.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_stream.self)
            return 0
        }
        git_stream_register(GIT_STREAM_STANDARD, &registration)
    }

    private typealias Stream = UnsafeMutablePointer<git_stream>?

    private static func own(_ stream: Stream) -> UnsafeMutablePointer<sluice_socket_stream>? {
        stream.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: sluice_socket_stream.self) }
    }

    private static func connect(_ stream: Stream) -> Int32 {
        guard let stream = own(stream), let host = stream.pointee.host, let port = stream.pointee.port else {
            return -1
        }
        do throws(GitError) {
            stream.pointee.socket = try TCP.connect(host: String(cString: host), port: String(cString: port))
            return 0
        } catch {
            git_error_set_str(Int32(GIT_ERROR_NET.rawValue), error.message)
            return -1
        }
    }

    private static func read(_ stream: Stream, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard let stream = own(stream) else { return -1 }
        while true {
            let got = recv(stream.pointee.socket, bytes, count, 0)
            if got < 0 && errno == EINTR { continue }
            if got < 0 { git_error_set_str(Int32(GIT_ERROR_NET.rawValue), "the connection broke") }
            if got > 0, let bytes {
                RetryAfter.listen(to: UnsafeRawBufferPointer(start: bytes, count: got), on: stream)
            }
            return got
        }
    }

    private static func write(_ stream: Stream, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
        guard let stream = own(stream) else { return -1 }
        stream.pointee.head_length = 0
        while true {
            let sent = send(stream.pointee.socket, bytes, count, Int32(MSG_NOSIGNAL))
            if sent < 0 && errno == EINTR { continue }
            if sent < 0 { git_error_set_str(Int32(GIT_ERROR_NET.rawValue), "the connection broke") }
            return sent
        }
    }

    private static func close(_ stream: Stream) -> Int32 {
        guard let stream = own(stream), stream.pointee.socket >= 0 else { return 0 }
        Glibc.close(stream.pointee.socket)
        stream.pointee.socket = -1
        return 0
    }

    private static func free(_ stream: Stream) {
        guard let stream = own(stream) else { return }
        if stream.pointee.socket >= 0 { Glibc.close(stream.pointee.socket) }
        Glibc.free(stream.pointee.host)
        Glibc.free(stream.pointee.port)
        stream.deallocate()
    }
}

/// Blocking TCP connections.
enum TCP {
    /// Connects with TCP_NODELAY set.
    static func connect(host: String, port: String) throws(GitError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, port, &hints, &found)
        guard code == 0 else {
            throw GitError(.unreachable, "\(host) cannot be resolved: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(found) }
        var number: Int32 = 0
        var next = found
        while let address = next?.pointee {
            let file = socket(
                address.ai_family,
                address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
                address.ai_protocol
            )
            if file >= 0 {
                var on: Int32 = 1
                setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                if Glibc.connect(file, address.ai_addr, address.ai_addrlen) == 0 { return file }
                number = errno
                close(file)
            }
            next = address.ai_next
        }
        throw GitError(.unreachable, "\(host):\(port) cannot be connected to: \(String(cString: strerror(number)))")
    }
}
