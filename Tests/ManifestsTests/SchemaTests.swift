import Foundation
import Manifests
import Testing

/// Schema and reference are committed files, so that editors and readers need no build.
@Suite struct SchemaTests {
    private static let docs = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")

    @Test(arguments: [("manifests.schema.json", ManifestSchema.json), ("manifests.md", ManifestSchema.reference)])
    func theCommittedFileIsWhatTheTablesSay(name: String, made: String) throws {
        let url = Self.docs.appending(path: name)
        if ProcessInfo.processInfo.environment["SLUICE_REGENERATE"] != nil {
            try Data(made.utf8).write(to: url)
        }
        let committed = try String(contentsOf: url, encoding: .utf8)
        #expect(
            committed == made,
            "docs/\(name) is behind the tables; regenerate: SLUICE_REGENERATE=1 swift test --filter SchemaTests")
    }

    @Test func everyTableHasItsOwnNameAndAtMost64Fields() {
        var found: [TableShape] = []
        for entry in ManifestSchema.tables { Shape.object(entry.table).tables(into: &found) }
        func visit(_ shape: Shape) {
            switch shape {
            case .list(let element, _): visit(element)
            case .map(_, let value, _): visit(value)
            case .either(let shapes): shapes.forEach(visit)
            case .object(let table):
                let known = found.first { $0.name == table.name }
                #expect(known?.fields.map(\.name) == table.fields.map(\.name), "two tables are called \(table.name)")
                #expect(table.fields.count <= 64)
                table.fields.forEach { visit($0.shape) }
            default: break
            }
        }
        for entry in ManifestSchema.tables { visit(.object(entry.table)) }
        #expect(found.count >= 20)
    }

    @Test func everyStandardValueIsOneOfItsField() throws {
        var found: [TableShape] = []
        for entry in ManifestSchema.tables { Shape.object(entry.table).tables(into: &found) }
        let schema = try SchemaJudge(ManifestSchema.json)
        for table in found {
            for field in table.fields {
                guard let standard = field.standard else { continue }
                let value = try #require(TextNode.standard(standard), "\(table.name).\(field.name): \(standard)")
                #expect(schema.accepts(value, as: table.name, field: field.name), "\(table.name).\(field.name)")
            }
        }
    }
}
