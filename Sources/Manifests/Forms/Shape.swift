/// What a value looks like, for people and editors: the half of a ``Form`` that is data.
indirect enum Shape: Sendable {
    /// Text that matches a pattern (ECMA 262), of at most `limit` characters; `words` names it to people.
    case text(words: String, pattern: String?, limit: Int)
    case integer(ClosedRange<Int>)
    case number(words: String)
    case boolean
    /// Always `true`.
    case yes
    case choice([String])
    case constant(String)
    case list(Shape, ClosedRange<Int>)
    /// Any keys of a form, each with a value.
    case map(key: Shape, value: Shape, limit: Int)
    case object(TableShape)
    case either([Shape])
}

/// A mapping with known fields.
struct TableShape: Sendable {
    /// Unique; the schema's definition and the reference's section.
    var name: String
    var summary: String
    var fields: [FieldShape]
    /// Of each group exactly one field stands.
    var exclusive: [[String]]
}

struct FieldShape: Sendable {
    var name: String
    var summary: String
    var shape: Shape
    var isRequired: Bool
    /// What counts where the field is left out, as YAML; nil for nothing.
    var standard: String?
}
