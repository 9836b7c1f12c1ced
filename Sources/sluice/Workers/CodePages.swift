import Glibc
import ServiceLifecycle

/// Gives back the pages of code that only the start needed.
///
/// A program of Swift touches some 25 MB of its own and its libraries' code until it stands, and each page that was ever
/// touched stays in its resident memory, though the agent goes on with a fraction of it. What is called again comes
/// back from the page cache, 64 KB at a time, without reading a disk.
struct CodePages: Service {
    /// Time from the start until the agent stands, and between two times after that.
    static let (first, interval) = (Duration.seconds(5), Duration.seconds(600))

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await Task.sleep(for: Self.first)
            while true {
                Self.giveBack()
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Does so for this process.
    ///
    /// - Returns: how many bytes of address space that was.
    @discardableResult static func giveBack() -> Int {
        guard let file = fopen("/proc/self/smaps", "re") else { return 0 }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var code: Range<UInt>?
        var given = 0
        while getline(&line, &capacity, file) > 0, let line {
            if let mapping = Mapping(String(cString: line)) {
                code = mapping.isCode ? mapping.addresses : nil
            } else if let range = code, strncmp(line, "Anonymous:", 10) == 0 {
                code = nil
                // A page that a debugger has written to, for a breakpoint, is no longer the file's.
                guard strtol(line + 10, nil, 10) == 0, let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
                else { continue }
                if madvise(start, range.count, MADV_DONTNEED) == 0 { given += range.count }
            }
        }
        return given
    }

    /// A mapping's first line, as in proc(5): `55d0-55d8 r-xp 0000 08:01 123   /usr/bin/sluice`.
    private struct Mapping {
        var addresses: Range<UInt>
        /// Code of a file, which nobody can have changed.
        var isCode: Bool

        init?(_ line: String) {
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let ends = fields.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            guard fields.count >= 5, ends.count == 2, ends[0] < ends[1] else { return nil }
            addresses = ends[0]..<ends[1]
            isCode = fields[1] == "r-xp" && fields.count == 6 && fields[5].drop { $0 == " " }.hasPrefix("/")
        }
    }
}
