/// What a value looks like, for people and editors: the half of a ``Form`` that is data.
package indirect enum Shape: Sendable {
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
package struct TableShape: Sendable {
    /// Unique; the schema's definition and the reference's section.
    package var name: String
    package var summary: String
    package var fields: [FieldShape]
    /// Of each group exactly one field stands.
    package var exclusive: [[String]]
}

package struct FieldShape: Sendable {
    package var name: String
    package var summary: String
    package var shape: Shape
    package var isRequired: Bool
    /// What counts where the field is left out, as YAML; nil for nothing.
    package var standard: String?
}
