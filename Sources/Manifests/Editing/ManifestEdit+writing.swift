extension ManifestEdit.Value {
    /// The value on one line. Text keeps the quotes that stand there, and gets some where YAML would misread it.
    func written(like style: SourceNode.Style, isInFlow: Bool) -> String {
        switch self {
        case .text(let text):
            switch style {
            case .singleQuoted where !PlainScalar.needsEscapes(text):
                "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
            case .singleQuoted, .doubleQuoted: PlainScalar.quoted(text)
            default: PlainScalar.written(text, inFlow: isInFlow)
            }
        case .integer(let number): "\(number)"
        case .number(let text): text
        case .boolean(let flag): "\(flag)"
        case .list(let values):
            "[" + values.map { $0.written(like: style.inside, isInFlow: true) }.joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{"
                + entries.map { entry in
                    Self.text(entry.key).written(like: style.inside, isInFlow: true) + ": "
                        + entry.value.written(like: style.inside, isInFlow: true)
                }.joined(separator: ", ") + "}"
        }
    }
}

extension SourceNode.Style {
    /// How to write what stands inside: only double quotes, JSON's, are kept.
    fileprivate var inside: SourceNode.Style { self == .doubleQuoted ? .doubleQuoted : .plain }
}

extension PlainScalar {
    /// Whether the text holds something that only double quotes can write, or that is not to be seen.
    fileprivate static func needsEscapes(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            let value = scalar.value
            return value < 0x20 || (0x7F..<0xA0).contains(value)
                || [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(value)
        }
    }
}
