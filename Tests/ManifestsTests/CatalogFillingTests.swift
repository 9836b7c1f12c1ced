import Core
import Manifests
import Testing

@Suite struct CatalogFillingTests {
    private static let files: [(path: String, text: String)] = [
        ("a.yaml", Sample.application("a", "rollout: {strategy: s}")),
        ("b.yaml", Sample.application("b", "rollout: {strategy: t}")),
        ("c.yaml", Sample.application("c", "dependsOn: [d]")),
        ("d.yaml", Sample.application("d", "dependsOn: [c]")),
        ("g.yaml", Sample.gate("g")),
        ("s.yaml", Sample.strategy("s", gates: "g")),
        ("t.yaml", Sample.strategy("t", gates: "gone")),
        ("x.yaml", "kind: ["),
    ]

    private static let decoded = files.map { path, text -> (path: String, file: ManifestFile?) in
        (path, Sample.file(text, path: path))
    }

    @Test(arguments: 1...files.count) func whatIsTakenByTheChunkIsWhatIsTakenAtOnce(size: Int) {
        var whole = Catalog()
        let expected = whole.update(Self.decoded)
        var filling = CatalogFilling()
        for start in stride(from: 0, to: Self.decoded.count, by: size) {
            filling.take(Array(Self.decoded[start..<min(start + size, Self.decoded.count)]))
        }
        let (catalog, change) = filling.finish()
        #expect(expected.names == ["a"] && expected.held.keys.sorted() == ["b", "c", "d"])
        #expect(change.declared == expected.declared)
        #expect(change.held == expected.held)
        #expect(change.gone == expected.gone)
        #expect(catalog.findings == whole.findings)
        #expect(catalog.counts == whole.counts)
        #expect(!catalog.isComplete)
    }

    @Test func theLastOfSeveralAtOnePathCounts() {
        var filling = CatalogFilling()
        filling.take([("a.yaml", Sample.file(Sample.application("a"), path: "a.yaml"))])
        filling.take([("a.yaml", Sample.file(Sample.application("b"), path: "a.yaml"))])
        filling.take([("c.yaml", Sample.file(Sample.application("c"), path: "c.yaml")), ("c.yaml", nil)])
        let (catalog, change) = filling.finish()
        #expect(change.names == ["b"] && change.held.isEmpty && change.gone.isEmpty)
        #expect(catalog.applicationNames == ["b"])
    }

    @Test func aFillingThatIsGivenUpChangesNothing() {
        var catalog = Catalog(["a.yaml": Sample.application("a")])
        var filling = CatalogFilling(catalog)
        filling.take([
            ("a.yaml", nil), ("s.yaml", Sample.file(Sample.strategy("s", gates: "gone"), path: "s.yaml")),
        ])
        #expect(catalog.applicationNames == ["a"] && catalog.hold(of: "a") == nil && catalog.findings.isEmpty)
        #expect(catalog.apply(["b.yaml": Sample.application("b")]).names == ["b"])
        #expect(filling.finish().change.gone == ["a"])
    }
}
