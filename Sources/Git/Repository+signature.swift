import CGit2

/// A commit's signature and the bytes that it is of.
package struct CommitSignature: Hashable, Sendable {
    /// Armoured text, of ssh or of OpenPGP.
    package let text: String
    /// The commit without its signature.
    package let payload: [UInt8]
}

extension Repository {
    /// The signature that a commit carries; nil where it has none.
    func signature(of id: ObjectID) throws(GitError) -> CommitSignature? {
        var oid = id.oid
        var (text, payload) = (git_buf(), git_buf())
        defer {
            git_buf_dispose(&text)
            git_buf_dispose(&payload)
        }
        let code = git_commit_extract_signature(&text, &payload, pointer, &oid, nil)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try GitError.check(code, "reading the signature of \(id.short)")
        return CommitSignature(
            text: String(decoding: UnsafeRawBufferPointer(start: text.ptr, count: text.size), as: UTF8.self),
            payload: Array(UnsafeRawBufferPointer(start: payload.ptr, count: payload.size)))
    }
}
