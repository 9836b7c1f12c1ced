/// Changes to make to a tree, in memory.
package struct TreeEdit: Sendable {
    /// By path; nil removes.
    private(set) var files: [String: [UInt8]?] = [:]

    package init() {}

    /// Whether there is nothing to do.
    package var isEmpty: Bool { files.isEmpty }

    /// Writes a regular file, in the place of whatever stands at the path or above it.
    package mutating func set(_ path: String, to bytes: [UInt8]) { files[path] = .some(bytes) }

    /// Removes a file or a whole folder; a folder left empty goes with it. Nothing there is no error.
    package mutating func remove(_ path: String) { files[path] = .some(nil) }
}

/// A name, an address and a time that sign a commit.
package struct Signature: Hashable, Sendable {
    package let name: String
    package let email: String
    /// Seconds since 1970, UTC.
    package let time: Int64

    package init(name: String, email: String, time: Int64) {
        self.name = name
        self.email = email
        self.time = time
    }
}
