/// What a commit says.
package struct CommitInfo: Hashable, Sendable {
    package let id: ObjectID
    /// The root tree.
    package let tree: ObjectID
    /// The first parent is the line of history that Sluice follows.
    package let parents: [ObjectID]
    package let authorName: String
    package let authorEmail: String
    /// Seconds since 1970, UTC.
    package let committerTime: Int64
    /// The first paragraph of the message, on one line.
    package let summary: String
    package let message: String
    /// The `Key: value` lines that end the message, in their order.
    package let trailers: [Trailer]
    /// What is malformed in it and was read all the same, in a few words; nil of nearly every commit.
    package let flaw: String?
}
