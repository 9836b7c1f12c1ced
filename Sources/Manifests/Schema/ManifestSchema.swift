/// What manifests look like, for editors and for people, made from the tables that the decoder reads with.
package enum ManifestSchema {
    /// A JSON Schema (draft 2020-12) of one document, as it is committed.
    ///
    /// It says what a table says. What values mean together, and between documents, only the decoder judges.
    package static var json: String { SchemaWriter(tables: tables).document.indented + "\n" }

    /// The manifest reference in Markdown, as it is committed.
    package static var reference: String { ReferenceWriter(tables: tables).text }

    /// Every document, by kind.
    package static var tables: [(kind: Kind, table: TableShape)] {
        Kind.allCases.map { ($0, Table.document(of: $0).described) }
    }
}

extension Shape {
    /// The tables that stand in this value, each once, outer ones first.
    package func tables(into found: inout [TableShape]) {
        switch self {
        case .text, .integer, .number, .boolean, .yes, .choice, .constant: break
        case .list(let element, _): element.tables(into: &found)
        case .map(let key, let value, _):
            key.tables(into: &found)
            value.tables(into: &found)
        case .either(let shapes): for shape in shapes { shape.tables(into: &found) }
        case .object(let table):
            if found.contains(where: { $0.name == table.name }) { return }
            found.append(table)
            for field in table.fields { field.shape.tables(into: &found) }
        }
    }
}

extension TextNode {
    /// JSON on many lines, two spaces a level. What holds no lists or mappings stands on one line where it fits.
    var indented: String {
        var text = ""
        writeIndented(into: &text, indent: 0)
        return text
    }

    private func writeIndented(into text: inout String, indent: Int) {
        let short = json
        let parts: [(head: String, value: TextNode)]
        let (open, close): (String, String)
        switch self {
        case .list(let items) where !items.isEmpty:
            parts = items.map { ("", $0) }
            (open, close) = ("[", "]")
        case .map(let entries) where !entries.isEmpty:
            parts = entries.map { ("\(TextNode.text($0.key).json): ", $0.value) }
            (open, close) = ("{", "}")
        default:
            text += short
            return
        }
        if indent > 0, parts.allSatisfy(\.value.isLeaf), indent + short.utf8.count + parts.count * 2 <= 100 {
            text += open + parts.map { $0.head + $0.value.json }.joined(separator: ", ") + close
            return
        }
        let margin = String(repeating: " ", count: indent + 2)
        text += open
        for (index, part) in parts.enumerated() {
            text += (index > 0 ? ",\n" : "\n") + margin + part.head
            part.value.writeIndented(into: &text, indent: indent + 2)
        }
        text += "\n" + String(repeating: " ", count: indent) + close
    }

    private var isLeaf: Bool {
        switch self {
        case .text, .bare: true
        case .list(let items): items.isEmpty
        case .map(let entries): entries.isEmpty
        }
    }
}
