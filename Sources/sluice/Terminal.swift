import Foundation
import Glibc

/// Where results and complaints go, and how they look there.
enum Terminal {
    /// Colours and redrawing only where a person looks, and did not say no (https://no-color.org).
    static let isPlain: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return isatty(1) == 0 || !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    }()

    static let isTerminal = isatty(1) == 1

    /// A result, on standard output.
    static func print(_ text: String) {
        write(text + "\n", to: 1)
    }

    /// What is no result, on standard error.
    static func complain(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// Writes it whole at once, so that two writers do not mix within a line.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Text that somebody else wrote, on one line and without what a terminal would obey.
    static func clean(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func bold(_ text: String) -> String { styled(text, "1") }
    static func dim(_ text: String) -> String { styled(text, "2") }
    static func red(_ text: String) -> String { styled(text, "31") }
    static func green(_ text: String) -> String { styled(text, "32") }
    static func yellow(_ text: String) -> String { styled(text, "33") }

    private static func styled(_ text: String, _ code: String) -> String {
        isPlain ? text : "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    /// A table with two spaces between columns. Cells may be styled: only what is seen counts.
    static func table(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], seen(cell))
            }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let isLast = column == row.count - 1
                line += cell + (isLast ? "" : String(repeating: " ", count: widths[column] - seen(cell) + 2))
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func seen(_ cell: String) -> Int {
        var count = 0
        var isEscape = false
        for character in cell {
            if character == "\u{1b}" {
                isEscape = true
            } else if isEscape {
                isEscape = character != "m"
            } else {
                count += 1
            }
        }
        return count
    }
}
