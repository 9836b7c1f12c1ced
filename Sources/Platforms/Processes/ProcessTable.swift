import Glibc

/// The machine's processes, as /proc shows them.
enum ProcessTable {
    struct Entry: Sendable {
        var number: Int32
        var group: Int32
        var session: Int32
        /// Ticks since the machine started.
        var start: UInt64
        /// Ended, and not collected by its parent.
        var hasEnded: Bool
    }

    /// One process; nil where there is none.
    ///
    /// - Throws: where that cannot be told.
    static func entry(_ number: Int32) throws(SmallFileError) -> Entry? {
        // The name stands in parentheses and may hold any character.
        guard let text = try SmallFile.text("/proc/\(number)/stat", limit: 4096), let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let group = Int32(fields[2]), let session = Int32(fields[3]),
            let start = UInt64(fields[19])
        else { return nil }
        return Entry(
            number: number, group: group, session: session, start: start,
            hasEnded: fields[0] == "Z" || fields[0] == "X" || fields[0] == "x")
    }

    /// Every process that runs.
    ///
    /// - Throws: where not all can be told.
    static func all() throws(SmallFileError) -> [Entry] {
        var found: [Entry] = []
        for name in try SmallFile.names(in: "/proc") {
            if let number = Int32(name), let entry = try entry(number), !entry.hasEnded { found.append(entry) }
        }
        return found
    }

    /// The instance of `directory` that a process was started as, or descends from, by the variables that it was
    /// started with; nil for any other process.
    ///
    /// - Throws: where that cannot be told.
    static func instance(of number: Int32, in directory: String) throws(SmallFileError) -> String? {
        let path = "/proc/\(number)/environ"
        var text = try SmallFile.text(path, limit: 1 << 20) ?? ""
        if text.isEmpty, access("/proc/\(number)/exe", X_OK) == 0 {
            // A program that is just taking another's place has no variables for some microseconds.
            usleep(1000)
            text = try SmallFile.text(path, limit: 1 << 20) ?? ""
        }
        let variables = text.split(separator: "\0")
        guard variables.contains("\(Variable.directory)=\(directory)"[...]) else { return nil }
        let prefix = "\(Variable.instance)="
        return variables.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// Names of the variables that every process is given.
    enum Variable {
        static let directory = "SLUICE_PROCESSES"
        static let instance = "SLUICE_INSTANCE"
        static let elevation = "SLUICE_ELEVATION"
    }
}
