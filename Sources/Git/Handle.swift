import CGit2

/// The one owner of a libgit2 object, which it frees.
struct Handle: ~Copyable {
    typealias Free = @convention(c) (OpaquePointer?) -> Void

    let pointer: OpaquePointer
    private let free: Free

    /// Takes over what `open` leaves behind.
    init(
        _ doing: @autoclosure () -> String,
        free: @escaping Free,
        open: (inout OpaquePointer?) -> Int32
    ) throws(GitError) {
        var pointer: OpaquePointer?
        try GitError.check(open(&pointer), doing())
        guard let pointer else { throw GitError(.other, "\(doing()): libgit2 gave nothing back") }
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
