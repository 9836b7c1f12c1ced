import CGit2

/// The most that libgit2 may allocate at once on a thread while it reads an object.
///
/// An object's size can be asked for before it is read, but libgit2 then walks the object's chain of deltas twice, which
/// costs as much again as reading. Refusing the allocation bounds what is read just as well, and what it is a delta of
/// too.
enum AllocationLimit {
    /// Runs `body` with no allocation above `limit` bytes, which libgit2 answers with an error.
    static func during<Value>(_ limit: Int, body: () -> Value) -> Value {
        sluice_limit_allocations(limit)
        defer { sluice_limit_allocations(0) }
        return body()
    }

    /// Has libgit2 allocate through what knows the limit.
    static func install() { _ = sluice_use_limited_allocator() }
}
