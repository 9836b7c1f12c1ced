import Manifests
import Testing

/// The schema is no stricter than the decoder, and sees what a table can see.
@Suite struct SchemaAgreementTests {
    private let schema: SchemaJudge

    init() throws { schema = try SchemaJudge(ManifestSchema.json) }

    @Test(arguments: [DecodedAsWrittenTests.application, DecodedAsWrittenTests.gates, DecodedAsWrittenTests.rest])
    func whatDecodesIsAccepted(text: String) throws {
        for document in text.split(separator: "---\n") {
            #expect(ManifestDecoder.decode(bytes: Array(document.utf8), path: "").findings == [])
            #expect(try schema.accepts(yaml: String(document)), "\(document)")
        }
    }

    /// What several fields mean together is the decoder's alone, and so is what is not in the text's values.
    private static let beyond: Set<Finding.Code> = [
        .syntax, .alias, .anchor, .tag, .duplicateField, .duplicateValue, .stagesNotRising, .lastStageNotFull,
        .rollbackNotFalling, .notAccepted,
    ]

    @Test(arguments: FindingTests.table.map(\.0))
    func whatATableForbidsIsRefused(text: String) throws {
        let codes = Set(ManifestDecoder.decode(bytes: Array(text.utf8), path: "").findings.map(\.code))
        if !codes.isDisjoint(with: Self.beyond) { return }
        // Which port there is no pattern says.
        if text.contains("a:99999/b") || text.contains("a:0/b") { return }
        // A bound's unit follows from the metric beside it; a near miss of the apiVersion could be somebody else's.
        if text.contains("metric: latency, max: 1%") || text.contains("slice.dev") { return }
        #expect(try !schema.accepts(yaml: text), "\(codes)")
    }

    /// The cases of the edits have every form; each is made invalid field by field.
    @Test func aMisspeltOrMissingFieldIsRefusedByBoth() throws {
        var tried = 0
        for text in [DecodedAsWrittenTests.application, DecodedAsWrittenTests.gates, DecodedAsWrittenTests.rest] {
            for document in text.split(separator: "---\n").map(String.init) {
                let words = document.split { !($0.isLetter || $0 == ":") }.filter { $0.hasSuffix(":") && $0.count > 3 }
                for word in Set(words) where !["hot:", "Accept:", "listings:", "clicks:", "https:"].contains(word) {
                    let broken = document.replacing(word, with: "q" + word)
                    let file = ManifestDecoder.decode(bytes: Array(broken.utf8), path: "")
                    // Without a header a document is somebody else's to the decoder.
                    if file.skipped > 0 { continue }
                    #expect(!file.isComplete, "\(broken)")
                    #expect(try !schema.accepts(yaml: broken), "\(broken)")
                    tried += 1
                }
            }
        }
        #expect(tried > 60)
    }

    @Test func documentsOfOthersAreNotJudged() throws {
        #expect(try schema.accepts(yaml: "{apiVersion: v1, kind: ConfigMap, data: {a: b}}"))
        #expect(try !schema.accepts(yaml: "{apiVersion: sluice.dev/v2, kind: Topic}"))
        #expect(try !schema.accepts(yaml: "{kind: Topic}"))
    }
}
