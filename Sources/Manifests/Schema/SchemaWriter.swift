/// Makes the JSON Schema.
struct SchemaWriter {
    let tables: [(kind: Kind, table: TableShape)]

    /// The whole schema.
    var document: TextNode {
        var found: [TableShape] = []
        for entry in tables { Shape.object(entry.table).tables(into: &found) }
        let definitions = found.map { (key: $0.name, value: definition($0)) }
        // A document of somebody else's is none of our business; one without an apiVersion is being written.
        let foreign = TextNode.map([
            ("properties", .map([("apiVersion", .map([("not", .map([("pattern", .text("^sluice\\.dev"))]))]))])),
            ("required", .list([.text("apiVersion")])),
        ])
        return .map([
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            ("$comment", .text("Made from the tables of Sources/Manifests/Tables; a test keeps it equal to them.")),
            ("title", .text("Sluice manifest")),
            ("description", .text("One document of a manifest file. Those of another apiVersion are not judged.")),
            ("if", foreign),
            ("then", .bare("true")),
            ("else", .map([("$ref", .text("#/$defs/document"))])),
            ("$defs", .map([(key: "document", value: ours)] + definitions)),
        ])
    }

    /// A document of Sluice's: its kind chooses the table.
    private var ours: TextNode {
        let version = TextNode.map([("const", .text(ManifestDecoder.apiVersion))])
        let kinds = TextNode.map([("enum", .list(tables.map { .text($0.kind.rawValue) }))])
        return .map([
            ("type", .text("object")),
            ("properties", .map([("apiVersion", version), ("kind", kinds)])),
            ("required", .list([.text("apiVersion"), .text("kind")])),
            (
                "allOf",
                .list(
                    tables.map { entry in
                        let isKind = TextNode.map([("const", .text(entry.kind.rawValue))])
                        return .map([
                            (
                                "if",
                                .map([
                                    ("properties", .map([("kind", isKind)])), ("required", .list([.text("kind")])),
                                ])
                            ),
                            ("then", reference(entry.table)),
                        ])
                    })
            ),
        ])
    }

    private func reference(_ table: TableShape) -> TextNode {
        .map([("$ref", .text("#/$defs/\(table.name)"))])
    }

    private func definition(_ table: TableShape) -> TextNode {
        var entries: [(key: String, value: TextNode)] = [
            ("description", .text(table.summary)),
            ("type", .text("object")),
            ("properties", .map(table.fields.map { ($0.name, property($0)) })),
        ]
        let required = table.fields.filter(\.isRequired).map { TextNode.text($0.name) }
        if !required.isEmpty { entries.append(("required", .list(required))) }
        entries.append(("additionalProperties", .bare("false")))
        let groups = table.exclusive.map { group in
            TextNode.map([
                ("oneOf", .list(group.map { .map([("required", .list([.text($0)]))]) }))
            ])
        }
        if !groups.isEmpty { entries.append(("allOf", .list(groups))) }
        return .map(entries)
    }

    private func property(_ field: FieldShape) -> TextNode {
        var entries: [(key: String, value: TextNode)] = [("description", .text(field.summary))]
        if let standard = field.standard.flatMap(TextNode.standard) { entries.append(("default", standard)) }
        return .map(entries + constraints(field.shape))
    }

    private func constraints(_ shape: Shape) -> [(key: String, value: TextNode)] {
        switch shape {
        case .text(_, let pattern, let limit):
            let match = pattern.map { [(key: "pattern", value: TextNode.text($0))] } ?? []
            return [("type", .text("string"))] + match + [("maxLength", .bare("\(limit)"))]
        case .integer(let range):
            return [
                ("type", .text("integer")), ("minimum", .bare("\(range.lowerBound)")),
                ("maximum", .bare("\(range.upperBound)")),
            ]
        case .number: return [("type", .text("number"))]
        case .boolean: return [("type", .text("boolean"))]
        case .yes: return [("const", .bare("true"))]
        case .choice(let words): return [("enum", .list(words.map { .text($0) }))]
        case .constant(let word): return [("const", .text(word))]
        case .list(let element, let count):
            return [
                ("type", .text("array")), ("items", .map(constraints(element))),
                ("minItems", .bare("\(count.lowerBound)")), ("maxItems", .bare("\(count.upperBound)")),
            ]
        case .map(let key, let value, let limit):
            return [
                ("type", .text("object")), ("propertyNames", .map(constraints(key))),
                ("additionalProperties", .map(constraints(value))), ("maxProperties", .bare("\(limit)")),
            ]
        case .object(let table): return [("$ref", .text("#/$defs/\(table.name)"))]
        case .either(let shapes): return [("anyOf", .list(shapes.map { .map(constraints($0)) }))]
        }
    }
}

extension TextNode {
    /// A field's standard value, that a table writes as YAML, as JSON has it.
    package static func standard(_ yaml: String) -> TextNode? {
        let node = Array(yaml.utf8).withUnsafeBytes { bytes -> TextNode? in
            do { return try TextNode.read(bytes) } catch { return nil }
        }
        return node?.typed
    }

    /// The same with plain scalars that YAML takes for text as text.
    private var typed: TextNode {
        switch self {
        case .bare(let word):
            var word = word
            return word.withUTF8 { PlainScalar.meaning(of: $0) } == .text ? .text(word) : self
        case .text: return self
        case .list(let items): return .list(items.map(\.typed))
        case .map(let entries): return .map(entries.map { ($0.key, $0.value.typed) })
        }
    }
}
