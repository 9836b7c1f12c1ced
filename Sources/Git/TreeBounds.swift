/// What a tree may cost at most that is walked. A dozen objects can be put together to a tree of billions of files.
package enum TreeBounds {
    /// Entries of the folders that a walk opens.
    package static let entries = 1_000_000
    /// Folders that stand in each other.
    package static let depth = 64
    /// Bytes of an entry's name.
    package static let name = 255
    /// Bytes of all paths that one walk lists.
    package static let paths = 256 << 20
    /// Bytes of one folder's object.
    package static let folder = 32 << 20
    /// Bytes of the folders' objects that are open at once.
    package static let open = 256 << 20
    /// Bytes of all files that are read in one go.
    package static let contents = 1 << 30
}

/// Which of a tree's files a walk lists.
package struct TreeFilter: Sendable {
    /// What names of files that are listed end in, in lower case; empty: all are. What is no regular file, and a
    /// folder that cannot be looked into, is listed whatever its name is.
    package var endings: [String]
    /// What is passed over, by its path below the folder that is walked.
    package var ignored: IgnoreRules
    /// Entries that are walked at most.
    package var limit: Int

    package init(
        endings: [String] = [], ignored: IgnoreRules = IgnoreRules(), limit: Int = TreeBounds.entries
    ) {
        self.endings = endings
        self.ignored = ignored
        self.limit = limit
    }

    /// Everything.
    package static let all = TreeFilter()

    /// Whether a file of the name is listed.
    package func lists(_ name: some Collection<UInt8>) -> Bool {
        if endings.isEmpty { return true }
        return endings.contains { ending in
            let tail = name.suffix(ending.utf8.count)
            return tail.elementsEqual(ending.utf8) { byte, wanted in
                byte == wanted || byte | 0x20 == wanted && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            }
        }
    }
}
