import CGit2

/// A commit as its bytes say it, read as leniently as git reads it.
///
/// libgit2 refuses a commit whose author line or time it cannot parse, and with it every history that holds one. Git
/// needs no more of a commit than its tree and its parents, and takes the rest for what it can be.
struct CommitObject {
    let tree: ObjectID
    /// As the commit names them, whether they are here or not.
    private(set) var parents: [ObjectID] = []
    private(set) var author: Person?
    private(set) var committer: Person?
    /// Where its message begins.
    private let messageOffset: Int
    /// What libgit2 does not read in it, in a few words.
    private(set) var flaw: String?

    /// Who did something, and when.
    struct Person {
        let name: String
        let email: String
        /// Seconds since 1970, UTC; nil where they are no number that fits.
        let time: Int64?
        /// What is wrong with the line.
        let flaw: String?
    }

    /// Reads headers up to the first empty line; nil where git finds no commit in it either.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let tree = Self.id(in: bytes, after: "tree ", at: 0) else { return nil }
        self.tree = tree
        var position = 46
        while let parent = Self.id(in: bytes, after: "parent ", at: position) {
            parents.append(parent)
            position += 48
        }
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[position..<end]
            if author == nil, line.starts(with: "author ".utf8) { author = Person(line.dropFirst(7)) }
            if committer == nil, line.starts(with: "committer ".utf8) { committer = Person(line.dropFirst(10)) }
            position = min(end + 1, bytes.count)
        }
        messageOffset = min(position + 1, bytes.count)
        flaw = Self.flaw(author, "author") ?? Self.flaw(committer, "committer")
    }

    private static func flaw(_ person: Person?, _ role: String) -> String? {
        guard let person else { return "it has no \(role)" }
        return person.flaw.map { "its \(role) line \($0)" }
    }

    private static func id(in bytes: UnsafeRawBufferPointer, after key: StaticString, at position: Int) -> ObjectID? {
        let start = position + key.utf8CodeUnitCount
        guard start + 41 <= bytes.count, bytes[start + 40] == UInt8(ascii: "\n"),
            key.withUTF8Buffer({ bytes[position..<start].elementsEqual($0) })
        else { return nil }
        return ObjectID(hex: String(decoding: bytes[start..<start + 40], as: UTF8.self))
    }

    /// The message. Bytes that are not UTF-8 are replaced; it ends where C's strings end.
    func message(in bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes[messageOffset...].drop { $0 == UInt8(ascii: "\n") }.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension CommitObject.Person {
    /// `name <address> seconds zone`, with whatever is missing left empty.
    init(_ line: Slice<UnsafeRawBufferPointer>) {
        let text = String(decoding: line.prefix { $0 != 0 }, as: UTF8.self)
        guard let open = text.firstIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close else {
            (name, email, time, flaw) = (text.trimmed, "", nil, "has no address")
            return
        }
        name = text[..<open].trimmed
        email = text[text.index(after: open)..<close].trimmed
        let words = text[text.index(after: close)...].split(separator: " ")
        time = words.first.flatMap { Int64($0) }
        guard words.first != nil else {
            flaw = "has no time"
            return
        }
        flaw = time == nil ? "has a time that is no number of seconds" : nil
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Repository {
    /// Lends a commit and its bytes to `body`.
    func withCommit<Value>(
        _ id: ObjectID, _ body: (CommitObject, UnsafeRawBufferPointer) -> Value
    ) throws(GitError) -> Value {
        var oid = id.oid
        let odb = odb.pointer
        let object = try Handle("reading commit \(id.short)", free: git_odb_object_free) {
            git_odb_read(&$0, odb, &oid)
        }
        guard git_odb_object_type(object.pointer) == GIT_OBJECT_COMMIT else {
            throw GitError(.invalid, "\(id.short) is not a commit")
        }
        let size = git_odb_object_size(object.pointer)
        let bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object.pointer), count: size)
        guard let commit = CommitObject(bytes) else {
            throw GitError(.corrupt, "\(id.short) is a commit without a tree")
        }
        return body(commit, bytes)
    }

    /// A commit without its message.
    func commitObject(_ id: ObjectID) throws(GitError) -> CommitObject { try withCommit(id) { commit, _ in commit } }

    /// What a commit says. Text that is not UTF-8 is repaired, and what is malformed is named in `flaw`.
    func commit(_ id: ObjectID) throws(GitError) -> CommitInfo {
        try withCommit(id) { commit, bytes in
            let message = commit.message(in: bytes)
            return CommitInfo(
                id: id, tree: commit.tree, parents: commit.parents, authorName: commit.author?.name ?? "",
                authorEmail: commit.author?.email ?? "",
                committerTime: commit.committer?.time ?? commit.author?.time ?? 0,
                summary: CommitInfo.summary(of: message), message: message, trailers: Trailer.parse(message),
                flaw: commit.flaw)
        }
    }
}

extension CommitInfo {
    /// The first paragraph, on one line.
    static func summary(of message: String) -> String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.trimmed.isEmpty }
        return lines.prefix { !$0.trimmed.isEmpty }.map(\.trimmed).joined(separator: " ")
    }
}
