import Manifests
import Testing

/// A repository holds other things; and what is nearly a manifest is told.
@Suite struct BelongingTests {
    private func read(_ text: String) -> ManifestFile {
        Array(text.utf8).withUnsafeBytes { ManifestDecoder.read(bytes: $0, path: "m.yaml") }
    }

    static let others = [
        "", "# nothing\n", "a: [", "- a\n- list\n", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n",
        "{{- if .Values.enabled }}\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n{{- end }}\n",
        "replicas: 010\n", "a: &a [*a, *a]\n", "apiVersion: v1\nkind: List\nitems: []\n", "\u{0}\u{1}",
    ]

    @Test(arguments: others) func `what has no apiVersion of ours is nobody's error`(text: String) {
        let file = read(text)
        #expect(file.reading == .others && file.findings.isEmpty && file.isComplete && file.documents.isEmpty)
    }

    @Test(arguments: [
        "sluce.dev/v1", "sluice.dve/v1", "Sluice.dev/v1", "sluice.dev", "sluice.de/v1", "\"sluicedev/v1\"",
    ])
    func `an apiVersion that was mistyped is told`(version: String) {
        let file = read("apiVersion: \(version)\nkind: Application\nmetadata: {name: shop}\n")
        #expect(file.findings.map(\.code) == [.unsupportedVersion], "\(file.findings)")
    }

    @Test func `what has our bytes is parsed, and what is wrong with it is told`() {
        #expect(read("# sluice.dev/v1\na: [").findings.map(\.code) == [.syntax])
        let utf16: [UInt8] = [0xFF, 0xFE] + Array("apiVersion: sluice.dev/v1".utf8).flatMap { [$0, 0] }
        let file = utf16.withUnsafeBytes { ManifestDecoder.read(bytes: $0, path: "m.yaml") }
        #expect(file.findings.map(\.code) == [.encoding])
    }

    @Test func `an Application that is somebody else's, or nobody's, is remembered by its name`() {
        for text in [
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\n",
            "kind: Application\nmetadata:\n  name: shop\nspec:\n  path: {{ .Values.path }}\n",
            "metadata: {name: shop}\n",
        ] {
            let file = read(text)
            #expect(file.skippedNames.map(\.name) == ["shop"] && file.findings.isEmpty, "\(text)")
        }
    }

    @Test func `a large file of somebody else's is passed over, one of ours is a finding`() {
        let filler = String(repeating: "# filler\n", count: 200_000)
        #expect(read(filler).reading == .others)
        #expect(read(filler + "apiVersion: sluice.dev/v1\n").findings.map(\.code) == [.fileTooLarge])
    }

    /// Whole numbers that readers of YAML do not agree on, or that are written in another way.
    @Test(arguments: [
        ("010", "some readers take it for 8 and others for 10: write 8 or 10"), ("08", "write 8"), ("00", "write 0"),
        ("0o10", "write 8"), ("0x1F", "write 31"), ("0b101", "write 5"), ("1_000", "write 1000"), ("+4", "write 4"),
        ("1:30", "some readers take it for 90: write that, or what is meant"), ("4.0", "write 4"),
        ("1e3", "write 1000"),
        ("-010", "some readers take it for -8 and others for -10: write -8 or -10"), ("0x_1f", "write 31"),
        ("0o9", "write it with the digits 0 to 9 alone"), ("0007", "write 7"), ("09_0", "write 90"),
    ])
    func `a number that is not the same to everybody is told with what to write`(number: String, advice: String) {
        for text in [
            "kind: service, replicas: \(number), run: {simulated: {}}",
            "kind: service, replicas: 4, run: {simulated: {capacity: \(number)}}",
        ] {
            let file = Sample.file(
                Sample.document("Application", "shop", "version: \"1\", components: [{name: w, \(text)}]"),
                path: "m.yaml")
            #expect(file.findings.map(\.code) == [.invalidValue])
            #expect(file.findings.first?.message.hasSuffix(advice) == true, "\(file.findings)")
            #expect(!file.isComplete)
        }
    }

    @Test func `plain numbers are numbers`() {
        for number in ["0", "1", "10", "1000"] {
            let file = Sample.file(
                Sample.application("shop").replacing("run:", with: "replicas: \(number), run:"), path: "m.yaml")
            #expect(!file.findings.contains { $0.code == .invalidValue }, "\(number)")
        }
        let percent = Sample.file(Sample.strategy("s").replacing("surge: 25%", with: "surge: 025%"), path: "m.yaml")
        #expect(percent.findings.map(\.code) == [.wrongType])
    }
}

/// What is not read, and why nothing is taken away for it.
@Suite struct UnreadPlacesTests {
    private let declared = ["a/a.yaml": Sample.application("a"), "b.yaml": Sample.application("b")]

    private func hold(_ changes: [(path: String, file: ManifestFile?)]) -> (Catalog, CatalogChange) {
        var catalog = Catalog(declared)
        let change = catalog.update(changes)
        return (catalog, change)
    }

    @Test func `a file that has nothing of ours any more, or is passed over, keeps what it declared`() {
        for (reading, code) in [(Reading.others, Finding.Code.skippedDocument), (.ignored, .ignored)] {
            var (catalog, change) = hold([("a/a.yaml", ManifestFile(reading))])
            #expect(change.held.mapValues(\.code) == ["a": code] && change.gone.isEmpty)
            #expect(catalog.findings.map(\.code) == [code])
            #expect(catalog.pathsOfMissing == ["a/a.yaml"])
            var moved = catalog
            #expect(moved.apply(["c.yaml": Sample.application("a")]).names == ["a"])
            #expect(moved.findings.isEmpty)
            #expect(catalog.apply(["a/a.yaml": nil]).gone == ["a"])
            #expect(catalog.findings.isEmpty)
        }
    }

    @Test func `a folder that cannot be looked into may hold whatever is missing`() {
        let finding = Finding(path: "x\\\\y", mark: .start, code: .unusableName, message: "no")
        var (catalog, change) = hold([("a/a.yaml", nil), ("x\\\\y", ManifestFile(unread: finding, .hidden))])
        #expect(change.held == ["a": finding] && change.gone.isEmpty && !catalog.isComplete)
        #expect(catalog.findings == [finding])
        #expect(catalog.apply(["x\\\\y": nil]).gone == ["a"])
        #expect(catalog.isComplete)
    }

    @Test func `a folder that became a link or a submodule has taken nothing with it`() {
        for reading in [Reading.symbolicLink, .submodule] {
            var (catalog, change) = hold([
                ("a/a.yaml", nil), ("a", ManifestFile(reading)), ("z", ManifestFile(reading)),
            ])
            #expect(change.held.mapValues(\.code) == ["a": .notFollowed] && change.gone.isEmpty)
            #expect(change.held["a"]?.path == "a")
            #expect(catalog.apply(["b.yaml": nil]).gone == ["b"], "another link says nothing of it")
            #expect(catalog.apply(["a": nil]).gone == ["a"])
        }
    }

    @Test func `others' files are not held`() {
        var catalog = Catalog(declared)
        _ = catalog.update((0..<100).map { ("chart/\($0).yaml", ManifestFile(.others)) })
        #expect(catalog.paths.count == 2)
    }
}
