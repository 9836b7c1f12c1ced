/// Makes the manifest reference.
struct ReferenceWriter {
    let tables: [(kind: Kind, table: TableShape)]

    /// The whole page.
    var text: String {
        var text = """
            # Manifest reference

            <!-- Made from the tables of Sources/Manifests/Tables. Do not edit: a test keeps this page equal to them. -->

            A manifest file is YAML: one or many documents, separated by `---`, in any folder of the repository. Every
            document has `apiVersion: \(ManifestDecoder.apiVersion)`, a `kind`, `metadata` with a `name`, and a `spec`. Documents of
            another `apiVersion` are left alone, so manifests can live in a repository that holds other things: a file in
            which `sluice.dev/` does not stand is somebody else's and is not even parsed. What else is to be passed over,
            [.sluiceignore](operating.md#a-repository-that-holds-other-things) names.

            - A document that is no mapping is an error, and so is a whole number that readers of YAML do not agree on
              (`010`, `0o10`, `0x1F`, `1_000`, `+4`, `1:30`).
            - Unknown fields, fields that stand twice, anchors, aliases and tags are errors.
            - Durations have units (`90s`, `1h30m`, `24h`, `250ms`) and shares a percent sign (`25%`).
            - A version that looks like a number needs quotes (`"1.10"`).
            - A file has at most \(Bounds.file >> 20) MiB, a value \(Bounds.scalar >> 10) KiB, and values stand in each other at most \(Bounds.depth) deep.

            Editors check and complete manifests with [manifests.schema.json](manifests.schema.json). For editors that use
            the YAML language server, put this line at the head of a file, with the path to the schema:

            ```yaml
            # yaml-language-server: $schema=manifests.schema.json
            ```

            | kind | |
            |---|---|

            """
        for entry in tables {
            text += "| [\(entry.kind.rawValue)](#\(anchor(entry.table))) | \(entry.table.summary) |\n"
        }
        text += metadata
        for entry in tables { text += section(entry.kind, entry.table) }
        return text + inner + findings
    }

    private var metadata: String {
        var rows = ""
        var seen: Set<String> = []
        for entry in tables {
            for field in fields(of: "metadata", in: entry.table) where seen.insert(field.name).inserted {
                rows += row(field, note: isShared(field) ? "" : "\(entry.kind.rawValue) only. ")
            }
        }
        return "\n## metadata\n\nWhat a document declares goes by this name.\n\n\(Self.head)\(rows)"
    }

    /// Whether every kind's metadata has the field.
    private func isShared(_ field: FieldShape) -> Bool {
        tables.allSatisfy { fields(of: "metadata", in: $0.table).contains { $0.name == field.name } }
    }

    private func section(_ kind: Kind, _ table: TableShape) -> String {
        guard let spec = table.fields.first(where: { $0.name == "spec" }), case .object(let fields) = spec.shape else {
            return ""
        }
        return "\n## \(kind.rawValue)\n\n\(table.summary)\n\nFields of `spec`:\n\n\(rows(fields))"
    }

    /// The mappings that stand inside others, in the order in which a reader meets them.
    private var inner: String {
        let shown = Set(tables.flatMap { [$0.table.name, spec(of: $0.table)?.name] })
        var found: [TableShape] = []
        for entry in tables { spec(of: entry.table).map { Shape.object($0).tables(into: &found) } }
        return found.filter { !shown.contains($0.name) }
            .map { "\n## \($0.name)\n\n\($0.summary)\n\n\(rows($0))" }.joined()
    }

    private var findings: String {
        let codes = Finding.Code.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return """

            ## Findings

            A finding is one line, `file:line:column: error: sentence [code]`. A document with an error does not count:
            what it declared before stays as it is, and nothing is pruned until it can be read again. The same holds for what
            cannot be looked at: a name that is refused, a folder that lies too deep, a link. Codes are stable:

            \(codes).

            """
    }

    // MARK: Tables

    private static let head = "| field | value | |\n|---|---|---|\n"

    private func rows(_ table: TableShape) -> String {
        let groups = table.exclusive.filter { $0.count > 1 }.map { group in
            "\nExactly one of " + group.map { "`\($0)`" }.joined(separator: ", ") + " stands.\n"
        }
        let alone = Set(table.exclusive.filter { $0.count == 1 }.flatMap { $0 })
        return Self.head + table.fields.map { row($0, isRequired: alone.contains($0.name)) }.joined() + groups.joined()
    }

    private func row(_ field: FieldShape, note: String = "", isRequired: Bool = false) -> String {
        var words = note + field.summary
        if field.isRequired || isRequired { words += " **Required.**" }
        if let standard = field.standard { words += " Left out: `\(standard)`." }
        return "| `\(field.name)` | \(value(field.shape)) | \(words) |\n"
    }

    private func value(_ shape: Shape) -> String {
        switch shape {
        case .text(let words, _, let limit): limit <= 64 || limit >= Bounds.scalar ? words : "\(words), up to \(limit)"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let words): words
        case .boolean: "`true` or `false`"
        case .yes: "`true`"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .constant(let word): "`\(word)`"
        case .list(let element, let count):
            count.lowerBound == count.upperBound
                ? "list of \(count.lowerBound): \(value(element))"
                : "list (\(count.lowerBound) to \(count.upperBound)): \(value(element))"
        case .map(let key, let element, let limit): "mapping (up to \(limit)), \(value(key)): \(value(element))"
        case .object(let table): "[\(table.name)](#\(anchor(table)))"
        case .either(let shapes): shapes.map(value).joined(separator: "; or ")
        }
    }

    private func anchor(_ table: TableShape) -> String { table.name.lowercased() }

    private func spec(of table: TableShape) -> TableShape? {
        guard case .object(let spec)? = table.fields.first(where: { $0.name == "spec" })?.shape else { return nil }
        return spec
    }

    private func fields(of name: String, in table: TableShape) -> [FieldShape] {
        guard case .object(let inner)? = table.fields.first(where: { $0.name == name })?.shape else { return [] }
        return inner.fields
    }
}
