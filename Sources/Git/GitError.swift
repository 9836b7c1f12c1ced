import CGit2
import Glibc

/// Why an operation of this room failed: a kind to act on, a sentence for people, and where it helps, what to do.
///
/// No credential ever appears in one: what a server, a program or a file says passes `Redaction`.
package struct GitError: Error, Hashable, Codable, Sendable {
    /// What went wrong, as far as a caller can act on it.
    package enum Kind: Hashable, Codable, Sendable {
        /// The remote could not be connected to, or the connection broke.
        case unreachable
        /// The deadline passed; the child that waited was killed.
        case timedOut
        /// The remote wants credentials, or refuses those that it was given.
        case authentication
        /// There is no such repository, object, file or revision.
        case notFound
        /// The remote said something that is not the git protocol, or failed on its own side.
        case protocolViolation
        /// The mirror is damaged: bytes are not what their name says, or something that is needed is missing.
        case corrupt
        /// History goes on where this repository, a shallow clone, has nothing: the answer is not known.
        case shallow
        /// The server or the local repository refuses the update.
        case rejected
        /// The server's host key is unknown or has changed.
        case hostKey
        /// The memory limit was reached.
        case memory
        /// The transport child died for another reason.
        case childDied
        /// The caller's task was cancelled.
        case cancelled
        /// A blob is larger than the caller allows. Sizes are in bytes.
        case tooLarge(size: Int, limit: Int)
        /// A tree has more than is walked or read of one.
        case tooMany
        /// A path, name, address or setting given by the caller cannot be used.
        case invalid
        /// The file system said no.
        case io
        /// Anything else that libgit2 reports.
        case other
    }

    /// What to act on.
    package let kind: Kind
    /// One sentence, with no credentials in it.
    package let message: String
    /// What a person can do about it, where that is known.
    package let advice: String?
    /// For how many seconds the server wants not to be asked again.
    package let retryAfter: Int?

    package init(_ kind: Kind, _ message: String, advice: String? = nil, retryAfter: Int? = nil) {
        self.retryAfter = retryAfter
        self.kind = kind
        self.message = message
        self.advice = advice
    }
}

extension GitError {
    /// Whether it is about more than the one object that was asked for: all but its size.
    package var isDamage: Bool { if case .tooLarge = kind { false } else { true } }
}

extension GitError: CustomStringConvertible {
    package var description: String { advice.map { "\(message); \($0)" } ?? message }
}

extension GitError {
    /// The funnel: every libgit2 return code passes here, at once, since libgit2 keeps its message by thread.
    @discardableResult
    static func check(_ code: Int32, _ doing: @autoclosure () -> String) throws(GitError) -> Int32 {
        if code >= 0 { return code }
        throw GitError(code: code, doing: doing())
    }

    /// The error that libgit2 left behind on this thread.
    init(code: Int32, doing: String) {
        let last = git_error_last()
        let text = last.flatMap { $0.pointee.message.map { String(cString: $0) } } ?? "libgit2 code \(code)"
        let area = last.map { git_error_t(UInt32(bitPattern: $0.pointee.klass)) } ?? GIT_ERROR_NONE
        git_error_clear()
        if let full = GitError.fullDisk(doing, text) {
            self = full
            return
        }
        self.init(GitError.kind(code: code, area: area, text: text), "\(doing): \(Redaction.clean(text))")
    }

    /// A full disk is a fault of its own, whatever it stopped: nothing is damaged, and it is tried again.
    private static func fullDisk(_ doing: String, _ text: String) -> GitError? {
        guard ["No space left on device", "Disk quota exceeded", "failed to write data"].contains(where: text.contains)
        else { return nil }
        return GitError(.io, "the disk is full: \(doing)", advice: "make room; it is tried again by itself")
    }

    private static func kind(code: Int32, area: git_error_t, text: String) -> Kind {
        if area == GIT_ERROR_NOMEMORY { return .memory }
        switch git_error_code(code) {
        case GIT_EAUTH: return .authentication
        case GIT_ECERTIFICATE: return area == GIT_ERROR_SSH ? .hostKey : .unreachable
        case GIT_ENOTFOUND, GIT_EUNBORNBRANCH: return .notFound
        case GIT_EMISMATCH: return .corrupt
        case GIT_ENONFASTFORWARD, GIT_ELOCKED, GIT_EMODIFIED: return .rejected
        case GIT_EINVALIDSPEC, GIT_EAMBIGUOUS, GIT_EINVALID: return .invalid
        default: break
        }
        switch area {
        case GIT_ERROR_NET, GIT_ERROR_SSH:
            let isAbsent = ["not exported", "not found", "not appear to be a git repository"].contains {
                text.contains($0)
            }
            if isAbsent { return .notFound }
            return area == GIT_ERROR_SSH ? kind(sshText: text) : .unreachable
        case GIT_ERROR_OS where text.contains("resolve") || text.contains("connect"): return .unreachable
        case GIT_ERROR_HTTP: return kind(httpText: text)
        case GIT_ERROR_SSL: return .unreachable
        case GIT_ERROR_ZLIB, GIT_ERROR_INDEXER, GIT_ERROR_OBJECT, GIT_ERROR_TREE, GIT_ERROR_ODB: return .corrupt
        case GIT_ERROR_REFERENCE where text.contains("corrupt"): return .corrupt
        case GIT_ERROR_OS, GIT_ERROR_FILESYSTEM: return .io
        default: return .other
        }
    }

    private static func kind(httpText text: String) -> Kind {
        if text.contains("404") { return .notFound }
        if text.contains("429") || text.contains("503") { return .unreachable }
        if text.contains("401") || text.contains("403") || text.contains("authentication") { return .authentication }
        return .protocolViolation
    }

    private static func kind(sshText text: String) -> Kind {
        let lower = text.lowercased()
        if lower.contains("authenticat") || lower.contains("credential") || lower.contains("public key") {
            return .authentication
        }
        if lower.contains("host key") || lower.contains("hostkey") { return .hostKey }
        return .unreachable
    }

    /// The error of a failed system call, read from `errno`.
    static func system(_ doing: String, number: Int32 = errno) -> GitError {
        let text = String(cString: strerror(number))
        return fullDisk(doing, text) ?? GitError(.io, "\(doing): \(text)")
    }
}
