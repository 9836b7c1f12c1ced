import CGit2
import Glibc

/// One connection of libgit2 to a remote.
struct RemoteConnection: ~Copyable {
    private let handle: Handle
    private let callbacks: RemoteCallbacks

    /// Connects.
    init(_ remote: Remote, direction: git_direction, in repository: OpaquePointer?) throws(GitError) {
        _ = Library.ready
        SocketStream.register(remote.scheme != .ssh)
        let callbacks = RemoteCallbacks(remote)
        let handle = try Handle("preparing \(remote)", free: git_remote_free) {
            repository == nil
                ? git_remote_create_detached(&$0, remote.transportURL)
                : git_remote_create_anonymous(&$0, repository, remote.transportURL)
        }
        var table = callbacks.table
        let code = git_remote_connect(handle.pointer, direction, &table, nil, nil)
        try callbacks.check(code, "connecting to \(remote)")
        self.handle = handle
        self.callbacks = callbacks
    }

    /// All references that the remote tells of; none where it is empty.
    func advertised() throws(GitError) -> [String: ObjectID] {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try callbacks.check(git_remote_ls(&heads, &count, handle.pointer), "listing \(callbacks.remote)")
        var result: [String: ObjectID] = [:]
        for index in 0..<count {
            guard let head = heads?[index]?.pointee, let name = head.name else { continue }
            result[String(cString: name)] = ObjectID(head.oid)
        }
        return result
    }

    /// Downloads what the references need.
    func download(_ refspecs: [String]) throws(GitError) {
        var options = git_fetch_options()
        git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
        options.callbacks = callbacks.table
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        let pointer = handle.pointer
        let code = Self.withStrings(refspecs) { git_remote_download(pointer, &$0, &options) }
        do throws(GitError) {
            try callbacks.check(code, "fetching from \(callbacks.remote)")
        } catch {
            // A transfer that connected and then cannot be read is a fault of what was sent.
            if error.kind == .other { throw GitError(.protocolViolation, error.message) }
            throw error
        }
    }

    /// Sends updates; returns the reasons of those that the server refused.
    func upload(_ updates: [RefUpdate], mirror: borrowing Repository) throws(GitError) -> [String: String] {
        // libgit2 pushes references, not ids, so each new commit is given one for the time.
        var refspecs: [String] = []
        for (index, update) in updates.enumerated() {
            let source = "refs/sluice/pushing/\(getpid())-\(index)"
            try mirror.set(source, to: update.new)
            refspecs.append("\(source):\(update.reference)")
        }
        defer {
            for index in updates.indices {
                git_reference_remove(mirror.pointer, "refs/sluice/pushing/\(getpid())-\(index)")
            }
        }
        var options = git_push_options()
        git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION))
        options.callbacks = callbacks.table
        options.pb_parallelism = 1
        let pointer = handle.pointer
        let code = Self.withStrings(refspecs) { git_remote_upload(pointer, &$0, &options) }
        if code == GIT_ENONFASTFORWARD.rawValue {
            return Dictionary(uniqueKeysWithValues: updates.map { ($0.reference, "not a fast-forward") })
        }
        try callbacks.check(code, "pushing to \(callbacks.remote)")
        let said = callbacks.said
        return callbacks.refused.mapValues { reason in
            said.isEmpty ? reason : Redaction.clean("\(reason): \(said)")
        }
    }

    private static func withStrings(_ strings: [String], body: (inout git_strarray) -> Int32) -> Int32 {
        var pointers = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer {
            var array = git_strarray(strings: $0.baseAddress, count: $0.count)
            return body(&array)
        }
    }
}

/// What libgit2 asks during an exchange with a remote.
final class RemoteCallbacks {
    let remote: Remote
    /// Server's reasons, by reference.
    fileprivate(set) var refused: [String: String] = [:]
    /// What the server's programs printed, as its hooks do where they refuse; bounded.
    private var printed: [UInt8] = []
    /// What a callback found wrong, which libgit2 would reduce to a number.
    private var failure: GitError?
    private var hasGivenCredentials = false

    init(_ remote: Remote) { self.remote = remote }

    /// Valid as long as this object is.
    var table: git_remote_callbacks {
        var table = git_remote_callbacks()
        git_remote_init_callbacks(&table, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        table.payload = Unmanaged.passUnretained(self).toOpaque()
        table.credentials = { out, _, user, allowed, payload in
            RemoteCallbacks.from(payload)?.credential(out, user: user.map { String(cString: $0) }, allowed: allowed)
                ?? -1
        }
        table.certificate_check = { certificate, isValid, _, payload in
            RemoteCallbacks.from(payload)?.judge(certificate, isValid: isValid != 0) ?? -1
        }
        table.push_update_reference = { name, status, payload in
            guard let callbacks = RemoteCallbacks.from(payload), let name, let status else { return 0 }
            callbacks.refused[String(cString: name)] = Redaction.clean(String(cString: status))
            return 0
        }
        table.sideband_progress = { text, length, payload in
            guard let callbacks = RemoteCallbacks.from(payload), let text, length > 0 else { return 0 }
            let room = max(0, 4_096 - callbacks.printed.count)
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
            callbacks.printed += bytes.prefix(room)
            return 0
        }
        return table
    }

    /// The server's own words, on one line; what it counts while it works is left out.
    fileprivate var said: String {
        String(decoding: printed, as: UTF8.self)
            .split(whereSeparator: \.isNewline)
            .map { $0.drop(while: \.isWhitespace) }
            .filter { line in !line.isEmpty && !line.contains("% (") && !line.contains("done.") }
            .joined(separator: "; ")
    }

    private static func from(_ payload: UnsafeMutableRawPointer?) -> RemoteCallbacks? {
        payload.map { Unmanaged<RemoteCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The funnel, preferring what a callback had to say.
    func check(_ code: Int32, _ doing: String) throws(GitError) {
        if code >= 0 { return }
        let error = GitError(code: code, doing: doing)
        throw failure ?? error
    }

    private func fail(_ error: GitError) -> Int32 {
        failure = error
        git_error_set_str(Int32(GIT_ERROR_CALLBACK.rawValue), error.message)
        return GIT_EAUTH.rawValue
    }

    private func credential(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?,
        user: String?,
        allowed: UInt32
    ) -> Int32 {
        let login = user ?? "git"
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 { return git_credential_username_new(out, login) }
        if hasGivenCredentials {
            return fail(GitError(.authentication, "\(remote) refuses the credentials that it was given"))
        }
        hasGivenCredentials = true
        if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0 {
            guard let key = remote.credentials.keyFile else {
                guard getenv("SSH_AUTH_SOCK") != nil else {
                    return fail(
                        GitError(
                            .authentication,
                            "\(remote) wants a key; none is given, and no ssh agent runs",
                            advice: "give one with --ssh-key, or start the daemon where SSH_AUTH_SOCK is set"
                        )
                    )
                }
                return git_credential_ssh_key_from_agent(out, login)
            }
            guard let bytes = File.read(key, limit: 1 << 20) else {
                return fail(GitError(.authentication, "the key file \(key) cannot be read"))
            }
            guard KeyFile.isPrivate(bytes) else {
                return fail(GitError(.authentication, "the key file \(key) holds no private key"))
            }
            if KeyFile.hasPassphrase(bytes) {
                return fail(
                    GitError(
                        .authentication,
                        "the key file \(key) has a passphrase, which nobody is there to type",
                        advice:
                            "give a key without one, or add it to the agent (ssh-add \(key)) and leave --ssh-key out"
                    )
                )
            }
            return git_credential_ssh_key_new(out, login, nil, key, nil)
        }
        do throws(GitError) {
            guard let (name, token) = try remote.credentials.userAndToken(embedded: remote.embedded) else {
                return fail(
                    GitError(
                        .authentication,
                        "\(remote) wants a user and a token, and none is set",
                        advice: "name a token file or an environment variable"
                    )
                )
            }
            return git_credential_userpass_plaintext_new(out, name, token)
        } catch {
            return fail(error)
        }
    }

    private func judge(_ certificate: UnsafeMutablePointer<git_cert>?, isValid: Bool) -> Int32 {
        guard let certificate else { return -1 }
        if remote.scheme != .ssh {
            if isValid { return 0 }
            _ = fail(
                GitError(
                    .unreachable,
                    "the certificate of \(remote.host) is not trusted: no known authority signed it, it has expired, or "
                        + "it is another host's",
                    advice: "where the authority is your own, give its certificate with --ca-file"
                )
            )
            return GIT_ECERTIFICATE.rawValue
        }
        let key = UnsafeMutableRawPointer(certificate).assumingMemoryBound(to: git_cert_hostkey.self).pointee
        if isValid { return 0 }
        _ = fail(KnownHosts.refusal(of: remote, key: key))
        return GIT_ECERTIFICATE.rawValue
    }
}
