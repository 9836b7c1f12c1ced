import CGit2
import Glibc

/// One connection of libgit2 to a remote.
struct RemoteConnection: ~Copyable {
    private let handle: Handle
    private let callbacks: RemoteCallbacks
    var remote: Remote { callbacks.remote }

    /// Connects.
    init(_ remote: Remote, direction: git_direction, in repository: OpaquePointer?) throws(GitError) {
        _ = Library.ready
        SocketStream.register()
        let callbacks = RemoteCallbacks(remote)
        _ = RetryAfter.take()
        if remote.scheme == .ssh { try SSHTransport.register(callbacks) }
        let handle = try Handle("preparing \(remote)", free: git_remote_free) {
            repository == nil
                ? git_remote_create_detached(&$0, remote.transportURL)
                : git_remote_create_anonymous(&$0, repository, remote.transportURL)
        }
        var options = git_remote_connect_options()
        git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
        options.callbacks = callbacks.table
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        let code = git_remote_connect_ext(handle.pointer, direction, &options)
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
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
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
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        options.pb_parallelism = 1
        let pointer = handle.pointer
        let code = Self.withStrings(refspecs) { git_remote_upload(pointer, &$0, &options) }
        if code == GIT_ENONFASTFORWARD.rawValue {
            return Dictionary(uniqueKeysWithValues: updates.map { ($0.reference, "not a fast-forward") })
        }
        let words = callbacks.words
        do throws(GitError) {
            try callbacks.check(code, "pushing to \(callbacks.remote)")
        } catch {
            if words.isEmpty { throw error }
            throw GitError(
                error.kind, "\(error.message): \(words)", advice: error.advice, retryAfter: error.retryAfter)
        }
        return words.isEmpty ? callbacks.refused : callbacks.refused.mapValues { "\($0): \(words)" }
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
    /// What a callback found wrong, which libgit2 would reduce to a number.
    var failure: GitError?
    /// What the server said to whoever pushes, its newest bytes.
    private var said: [UInt8] = []
    private var hasGivenCredentials = false

    init(_ remote: Remote) { self.remote = remote }

    /// Valid as long as this object is.
    var table: git_remote_callbacks {
        var table = git_remote_callbacks()
        git_remote_init_callbacks(&table, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        table.payload = Unmanaged.passUnretained(self).toOpaque()
        table.credentials = { out, _, _, _, payload in
            RemoteCallbacks.from(payload)?.credential(out) ?? -1
        }
        table.certificate_check = { _, isValid, _, payload in
            RemoteCallbacks.from(payload)?.judge(isValid: isValid != 0) ?? -1
        }
        table.sideband_progress = { text, count, payload in
            guard let callbacks = RemoteCallbacks.from(payload), let text else { return 0 }
            text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
                callbacks.said += UnsafeBufferPointer(start: $0, count: Int(count))
            }
            if callbacks.said.count > 16_384 { callbacks.said.removeFirst(callbacks.said.count - 8_192) }
            return 0
        }
        table.push_update_reference = { name, status, payload in
            guard let callbacks = RemoteCallbacks.from(payload), let name, let status else { return 0 }
            callbacks.refused[String(cString: name)] = Redaction.clean(String(cString: status))
            return 0
        }
        return table
    }

    private static func from(_ payload: UnsafeMutableRawPointer?) -> RemoteCallbacks? {
        payload.map { Unmanaged<RemoteCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The server's own words, one line, without its meters of progress.
    var words: String { ServerWords.line(said) }

    /// The funnel, preferring what a callback had to say.
    func check(_ code: Int32, _ doing: String) throws(GitError) {
        if code >= 0 { return }
        let error = GitError(code: code, doing: doing)
        if let failure { throw failure }
        if ["429", "503"].contains(where: { error.message.contains("code: \($0)") }) {
            let wish = RetryAfter.take()
            throw GitError(
                .unreachable, error.message + (wish.map { "; it wants to be left alone for \($0) s" } ?? ""),
                retryAfter: wish)
        }
        if ["redirect", "authentication replays"].contains(where: { error.message.contains($0) }) {
            throw GitError(
                .notFound,
                "\(doing): it answers with a redirect, which is not followed: credentials go to no other host",
                advice: "use the address it points to: curl -sI '\(remote)/info/refs?service=git-upload-pack' shows it")
        }
        throw error
    }

    private func fail(_ error: GitError) -> Int32 {
        failure = error
        git_error_set_str(Int32(GIT_ERROR_CALLBACK.rawValue), error.message)
        return GIT_EAUTH.rawValue
    }

    private func credential(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?
    ) -> Int32 {
        if hasGivenCredentials {
            return fail(GitError(.authentication, "\(remote) refuses the credentials that it was given"))
        }
        hasGivenCredentials = true
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

    private func judge(isValid: Bool) -> Int32 {
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
}
