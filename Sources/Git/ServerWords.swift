/// What a server, or a program, says to people beside its protocol.
enum ServerWords {
    /// The lines that say something, joined, bounded, each as ``Redaction/clean(_:)`` has it.
    static func line(_ bytes: some Sequence<UInt8>) -> String {
        let lines = String(decoding: Array(bytes), as: UTF8.self).split { $0.isNewline || $0 == "\r" }.map { line in
            Redaction.clean(line).split(separator: " ").joined(separator: " ")
        }
        let telling = lines.filter { line in !line.isEmpty && !isMeter(line) }
        // The newest say why it ended.
        var result: [String] = []
        var length = 0
        for line in telling.reversed() {
            length += line.count
            if length > 500, !result.isEmpty { break }
            result.insert(line, at: 0)
        }
        return result.joined(separator: "; ")
    }

    /// `Resolving deltas: 50% (1/2)`, and what git's server tells of its own work.
    private static func isMeter(_ line: String) -> Bool {
        (line.contains("% (") && line.contains("/"))
            || ["Enumerating objects", "Total "].contains { line.hasPrefix($0) }
    }
}
