/// A file that differs between two trees.
package struct Change: Hashable, Sendable {
    /// What stands at the path now, or stood there if it was removed.
    package enum Kind: Hashable, Sendable {
        case file
        case executable
        /// Never followed; its blob is the target's path.
        case symbolicLink
        /// A commit of another repository; never read.
        case submodule
        /// An entry whose name is ``EntryName/unusable(shown:)``, which its path ends in as it is shown. Never descended
        /// into or read.
        case badName
        /// A folder deeper than is walked.
        case tooDeep
    }

    /// From the root of the tree, with `/` between names.
    package let path: String
    /// What it was; nil if it is new.
    package let old: ObjectID?
    /// What it is; nil if it is gone.
    package let new: ObjectID?
    package let kind: Kind
}
