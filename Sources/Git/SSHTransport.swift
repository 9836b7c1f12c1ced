import CGit2
import Glibc

/// Reaches a remote through OpenSSH's own client, below libgit2's git protocol.
///
/// So hosts and keys are judged as everywhere else on the machine: by every form of a line of `known_hosts`, all types of
/// keys that are known of a host, and RSA with SHA-2, none of which the library does that libgit2 is built with.
enum SSHTransport {
    /// Of the addresses that libgit2 hands to this.
    static let prefix = "sluicessh"

    /// Whose connection is made next. There is one at a time, on one thread: the transport child's.
    nonisolated(unsafe) private static var current: RemoteCallbacks?

    /// Makes the next connection to an address of ours that of `callbacks`.
    static func register(_ callbacks: RemoteCallbacks) throws(GitError) {
        current = callbacks
        // Where libgit2 was started anew, it has forgotten this; that it is there already is fine.
        git_transport_register(prefix, { SSHTransport.make($0, $1, $2) }, nil)
    }

    private static func make(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_transport>?>?, _ owner: OpaquePointer?,
        _ parameter: UnsafeMutableRawPointer?
    ) -> Int32 {
        var definition = git_smart_subtransport_definition()
        definition.callback = { out, _, _ in
            guard let out, let callbacks = SSHTransport.current else { return -1 }
            let new = UnsafeMutablePointer<sluice_ssh_subtransport>.allocate(capacity: 1)
            new.initialize(to: sluice_ssh_subtransport())
            new.pointee.parent.action = { SSHTransport.act($0, $1, $3) }
            new.pointee.parent.close = { SSHTransport.connection($0)?.close() ?? 0 }
            new.pointee.parent.free = { transport in
                guard let transport else { return }
                let own = UnsafeMutableRawPointer(transport).assumingMemoryBound(to: sluice_ssh_subtransport.self)
                if let held = own.pointee.connection { Unmanaged<SSHConnection>.fromOpaque(held).release() }
                own.deallocate()
            }
            new.pointee.connection = Unmanaged.passRetained(SSHConnection(callbacks)).toOpaque()
            out.pointee = UnsafeMutableRawPointer(new).assumingMemoryBound(to: git_smart_subtransport.self)
            return 0
        }
        return git_transport_smart(out, owner, &definition)
    }

    private static func connection(_ transport: UnsafeMutablePointer<git_smart_subtransport>?) -> SSHConnection? {
        transport.flatMap {
            UnsafeMutableRawPointer($0).assumingMemoryBound(to: sluice_ssh_subtransport.self).pointee.connection
        }.map { Unmanaged<SSHConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func connection(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?) -> SSHConnection? {
        stream.flatMap {
            UnsafeMutableRawPointer($0).assumingMemoryBound(to: sluice_ssh_stream.self).pointee.connection
        }.map { Unmanaged<SSHConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func act(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
        _ transport: UnsafeMutablePointer<git_smart_subtransport>?, _ action: git_smart_service_t
    ) -> Int32 {
        guard let out, let connection = connection(transport) else { return -1 }
        let code =
            switch action {
            case GIT_SERVICE_UPLOADPACK_LS: connection.open("git-upload-pack")
            case GIT_SERVICE_RECEIVEPACK_LS: connection.open("git-receive-pack")
            default: Int32(0)
            }
        guard code == 0 else { return code }
        // What follows the listing goes on in its stream, which libgit2 knows by its address.
        if let stream = connection.stream {
            out.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_smart_subtransport_stream.self)
            return 0
        }
        let new = UnsafeMutablePointer<sluice_ssh_stream>.allocate(capacity: 1)
        new.initialize(to: sluice_ssh_stream())
        new.pointee.parent.subtransport = transport
        new.pointee.parent.read = { stream, bytes, count, got in
            SSHTransport.connection(stream)?.read(bytes, count, got) ?? -1
        }
        new.pointee.parent.write = { stream, bytes, count in
            SSHTransport.connection(stream)?.write(bytes, count) ?? -1
        }
        new.pointee.parent.free = { stream in
            guard let stream else { return }
            let own = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: sluice_ssh_stream.self)
            if let held = own.pointee.connection {
                let connection = Unmanaged<SSHConnection>.fromOpaque(held)
                connection.takeUnretainedValue().stream = nil
                connection.release()
            }
            own.deallocate()
        }
        new.pointee.connection = Unmanaged.passRetained(connection).toOpaque()
        connection.stream = new
        out.pointee = UnsafeMutableRawPointer(new).assumingMemoryBound(to: git_smart_subtransport_stream.self)
        return 0
    }
}

/// One run of ssh.
private final class SSHConnection {
    private let callbacks: RemoteCallbacks
    private var program: Program?
    /// What libgit2 was given, until it frees it.
    var stream: UnsafeMutablePointer<sluice_ssh_stream>?
    /// Kept as long as ssh may open it.
    private var key: MemoryFile?

    init(_ callbacks: RemoteCallbacks) { self.callbacks = callbacks }

    func open(_ service: String) -> Int32 {
        program = nil
        do throws(GitError) {
            let remote = callbacks.remote
            key = try SSHCommand.key(of: remote)
            program = try Program(
                SSHCommand.words(for: remote, key: key?.path, service: service),
                hiding: [remote.credentials.tokenVariable, remote.credentials.userVariable])
            return 0
        } catch {
            return fail(error)
        }
    }

    func close() -> Int32 {
        program = nil
        key = nil
        return 0
    }

    func read(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ got: UnsafeMutablePointer<Int>?) -> Int32 {
        guard let program, let got else { return -1 }
        while true {
            let number = Glibc.read(program.socket, bytes, count)
            if number < 0 && errno == EINTR { continue }
            if number > 0 {
                got.pointee = number
                return 0
            }
            return end(of: program)
        }
    }

    func write(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        guard let program else { return -1 }
        var done = 0
        while done < count {
            let number = send(program.socket, bytes?.advanced(by: done), count - done, Int32(MSG_NOSIGNAL))
            if number < 0 && errno == EINTR { continue }
            guard number > 0 else { return end(of: program) }
            done += number
        }
        return 0
    }

    private func end(of program: Program) -> Int32 {
        shutdown(program.socket, Int32(SHUT_RDWR))
        program.wait()
        return fail(SSHCommand.failure(of: callbacks.remote, program.complaint))
    }

    private func fail(_ error: GitError) -> Int32 {
        callbacks.failure = callbacks.failure ?? error
        git_error_set_str(Int32(GIT_ERROR_SSH.rawValue), error.message)
        return -1
    }
}
