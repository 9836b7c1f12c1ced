import Core
import Manifests
import Testing

@Suite struct ManifestDecoderTests {
    private static let strategy = """
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata: {name: canary-lite}
        spec:
          prescale: 50%
          stages:
            - {name: canary, weight: 1, hold: 2m, gates: [smoke]}
            - {name: full, weight: 100, hold: 1h30m}
          rollback: {stages: [10, 0]}
          retention: {for: 24h, capacity: 10%}

        """

    @Test func aStrategyIsDecodedAsWritten() throws {
        let file = ManifestDecoder.decode(bytes: Array(Self.strategy.utf8), path: "s.yaml")
        #expect(file.findings == [])
        #expect(file.isComplete)
        let document = try #require(file.documents.first)
        guard case .strategy(let declared) = document.value else {
            Issue.record("not a strategy")
            return
        }
        #expect(declared.strategy.prescale == 50)
        #expect(declared.strategy.stages.map(\.weight) == [1, 100])
        #expect(declared.strategy.stages.last?.hold == .minutes(90))
        #expect(declared.strategy.rollbackStages == [10, 0])
        #expect(declared.gates.map(\.value) == ["smoke"])
    }

    @Test func theOrderOfADocumentsFieldsDoesNotMatter() {
        let text = "spec: {schemas: [v1]}\nmetadata: {name: clicks}\nkind: Topic\napiVersion: sluice.dev/v1\n"
        let file = ManifestDecoder.decode(bytes: Array(text.utf8), path: "t.yaml")
        #expect(file.findings == [])
        #expect(file.documents.map(\.value) == [.topic(Topic(name: "clicks", schemas: ["v1"]))])
    }

    @Test(arguments: [
        ("{schemas: [v1], partitons: 2}", Finding.Code.unknownField, 17),
        ("{schemas: [v1], schemas: [v2]}", .duplicateField, 17),
        ("{partitions: 2}", .missingField, 1),
        ("{schemas: [v1], partitions: many}", .wrongType, 29),
        ("{schemas: [v1], partitions: 0}", .outOfRange, 29),
        ("{schemas: [v1, v1]}", .duplicateValue, 16),
        ("{schemas: []}", .wrongCount, 11),
        ("{schemas: &a [v1]}", .anchor, 11),
        ("{schemas: !t [v1]}", .tag, 11),
        ("{schemas: *a}", .alias, 11),
        ("{schemas: [1.10]}", .wrongType, 12),
    ])
    func aFindingStandsWhereItsCauseStands(spec: String, code: Finding.Code, column: Int) {
        let text = "apiVersion: sluice.dev/v1\nkind: Topic\nmetadata: {name: clicks}\nspec:\n  \(spec)\n"
        let file = ManifestDecoder.decode(bytes: Array(text.utf8), path: "t.yaml")
        #expect(file.findings.map(\.code) == [code], "\(file.findings)")
        #expect(file.findings.first?.line == 5)
        #expect(file.findings.first?.column == column + 2)
        #expect(file.broken.map(\.name) == ["clicks"])
        #expect(file.documents.isEmpty)
    }

    @Test func aSyntaxErrorLeavesTheDocumentsBeforeIt() {
        let file = ManifestDecoder.decode(bytes: Array((Self.strategy + "---\na: [").utf8), path: "s.yaml")
        #expect(file.documents.map(\.name) == ["canary-lite"])
        #expect(file.findings.map(\.code) == [.syntax])
        #expect(file.isCutShort)
    }

    @Test func truncatedAndMutatedFilesNeverCrash() {
        let bytes = Array(Self.strategy.utf8)
        for end in bytes.indices { _ = ManifestDecoder.decode(bytes: Array(bytes[..<end]), path: "") }
        var seed: UInt64 = 7
        for _ in 0..<2000 {
            var mutated = bytes
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                mutated[Int(seed >> 33) % mutated.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            _ = ManifestDecoder.decode(bytes: mutated, path: "")
        }
    }
}
