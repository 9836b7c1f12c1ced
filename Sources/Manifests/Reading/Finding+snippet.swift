import Basics

extension Finding {
    /// The finding, and below it the line that it is about with a caret under the column.
    ///
    /// `source` is the file's bytes. Where they have no such line, the finding stands alone.
    package func rendered(source: [UInt8]) -> String {
        var bytes = source[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard line <= lines.count else { return description }
        var text = lines[line - 1]
        if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.prefix(200)
        guard column <= scalars.count + 1 else { return description }
        let shown = String(
            String.UnicodeScalarView(scalars.map { PlainText.isSeen($0) ? $0 : " " }))
        let number = String(line)
        let margin = String(repeating: " ", count: number.utf8.count)
        let caret = String(repeating: " ", count: column - 1) + "^"
        return "\(description)\n \(number) | \(shown)\n \(margin) | \(caret)"
    }
}
