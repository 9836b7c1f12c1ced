import Core
import Manifests
import Testing

@Suite struct CatalogTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        /// Places and codes.
        var findings: [String]
        var valid: [String] = []
        var held: [String] = []

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "all is well",
            files: [
                "a.yaml": Sample.application("a", "dependsOn: [b], rollout: {strategy: s, until: canary}")
                    + Sample.application("b"),
                "s.yaml": Sample.strategy("s", gates: "g") + Sample.gate("g"),
            ], findings: [], valid: ["a", "b"]),
        Case(
            name: "a name twice",
            files: ["a.yaml": Sample.application("a"), "b.yaml": Sample.application("b") + Sample.application("a")],
            findings: ["a.yaml:2 duplicate-name", "b.yaml:7 duplicate-name"], valid: ["b"], held: ["a"]),
        Case(
            name: "a name twice, once broken",
            files: ["a.yaml": Sample.application("a"), "b.yaml": Sample.application("a", "replica: 1")],
            findings: ["a.yaml:2 duplicate-name", "b.yaml:2 duplicate-name", "b.yaml:5 unknown-field"], held: ["a"]),
        Case(
            name: "a strategy twice holds its users",
            files: [
                "a.yaml": Sample.application("a", "rollout: {strategy: s}") + Sample.application("b"),
                "s.yaml": Sample.strategy("s") + Sample.strategy("s"),
            ], findings: ["s.yaml:2 duplicate-name", "s.yaml:7 duplicate-name"], valid: ["b"], held: ["a"]),
        Case(
            name: "the same name for two kinds",
            files: ["a.yaml": Sample.application("a") + Sample.strategy("a") + Sample.topic("a")], findings: [],
            valid: ["a"]),
        Case(
            name: "no such strategy, gate, dependency, topic",
            files: [
                "a.yaml": Sample.application("a", "rollout: {strategy: s}"),
                "b.yaml": Sample.application(
                    "b", "rollout: {strategy: {stages: [{name: f, weight: 100, gates: [g]}]}}"),
                "c.yaml": Sample.application("c", "dependsOn: [d]"),
                "e.yaml": Sample.application("e", "contract: {publishes: {t: [v1]}}"),
            ],
            findings: [
                "a.yaml:5 unknown-reference", "b.yaml:5 unknown-reference", "c.yaml:5 unknown-reference",
                "e.yaml:5 unknown-reference",
            ], held: ["a", "b", "c", "e"]),
        Case(
            name: "a strategy without its gate",
            files: [
                "a.yaml": Sample.application("a", "rollout: {strategy: s}"), "s.yaml": Sample.strategy("s", gates: "g"),
            ], findings: ["s.yaml:5 unknown-reference"], held: ["a"]),
        Case(
            name: "a broken gate",
            files: [
                "a.yaml": Sample.application("a", "rollout: {strategy: s}") + Sample.application("b", "dependsOn: [a]"),
                "s.yaml": Sample.strategy("s", gates: "g"), "g.yaml": Sample.document("Gate", "g", "approval: 1"),
            ], findings: ["g.yaml:5 wrong-type"], held: ["a", "b"]),
        Case(
            name: "no such schema",
            files: [
                "a.yaml": Sample.application("a", "contract: {accepts: {t: [v1, v3]}}"),
                "t.yaml": Sample.topic("t", "v1, v2"),
            ], findings: ["a.yaml:5 unknown-schema"], held: ["a"]),
        Case(
            name: "a circle, and one who depends on it",
            files: [
                "a.yaml": Sample.application("a", "dependsOn: [b]"),
                "b.yaml": Sample.application("b", "dependsOn: [c]"),
                "c.yaml": Sample.application("c", "dependsOn: [d, a]"), "d.yaml": Sample.application("d"),
                "e.yaml": Sample.application("e", "dependsOn: [b]"),
            ], findings: ["a.yaml:5 dependency-cycle"], valid: ["d"], held: ["a", "b", "c", "e"]),
        Case(
            name: "a circle of one", files: ["a.yaml": Sample.application("a", "dependsOn: [a]")],
            findings: ["a.yaml:5 dependency-cycle"], held: ["a"]),
        Case(
            name: "until no stage",
            files: [
                "a.yaml": Sample.application("a", "rollout: {strategy: s, until: half}")
                    + Sample.application("b", "rollout: {until: half}") + Sample.strategy("s")
            ], findings: ["a.yaml:5 unknown-stage"], valid: ["b"], held: ["a"]),
        Case(
            name: "renamed from one that is still there",
            files: [
                "a.yaml": Sample.application("a") + Sample.application("b").renamed(from: "a"),
                "c.yaml": Sample.application("c").renamed(from: "z"),
            ], findings: ["a.yaml:9 renamed-from-declared"], valid: ["a", "c"], held: ["b"]),
    ]

    @Test(arguments: cases) func filesAreHeldAgainstEachOther(example: Case) {
        var catalog = Catalog()
        let change = catalog.apply(example.files.mapValues { $0 })
        #expect(catalog.findings.map { "\($0.path):\($0.line) \($0.code.rawValue)" } == example.findings)
        #expect(change.names == example.valid)
        #expect(change.held.keys.sorted() == example.held)
        #expect(catalog.applicationNames == (example.valid + example.held).sorted())
        #expect(example.valid.allSatisfy { catalog.declared($0) != nil })
        #expect(example.held.allSatisfy { catalog.declared($0) == nil })
    }

    @Test func aCircleIsNamed() {
        let catalog = Catalog([
            "a.yaml": Sample.application("b", "dependsOn: [c]") + Sample.application("c", "dependsOn: [a]"),
            "b.yaml": Sample.application("a", "dependsOn: [b]"),
        ])
        #expect(catalog.findings.map(\.message) == ["these applications depend on each other: a → b → c → a"])
    }

    @Test func whatWasProbablyMeantIsSuggested() {
        let catalog = Catalog([
            "a.yaml": Sample.application("a", "rollout: {strategy: canary-lit}") + Sample.strategy("canary-lite")
        ])
        #expect(catalog.findings.map(\.suggestion) == ["canary-lite"])
    }

    @Test func anEntryHoldsWhatItsRolloutNeeds() throws {
        let catalog = Catalog([
            "a.yaml": Sample.application("a", "rollout: {strategy: s}"),
            "s.yaml": Sample.strategy("s", gates: "g, h") + Sample.gate("g", count: 3) + Sample.gate("h")
                + Sample.gate("i"),
        ])
        let entry = try #require(catalog.declared("a"))
        #expect(entry.path == "a.yaml")
        #expect(entry.strategy.stages.map(\.name) == ["canary", "full"])
        #expect(entry.gates.keys.sorted() == ["g", "h"])
        #expect(entry.gates["g"]?.check == .approval(Approval(count: 3)))
        #expect(catalog.counts.documents == [.application: 1, .strategy: 1, .gate: 3])
    }

    @Test func applicationsThatNameAStrategyShareItsMemory() throws {
        let shared = Sample.strategy("s", gates: "g") + Sample.gate("g")
        var catalog = Catalog([
            "a.yaml": Sample.application("a", "rollout: {strategy: s}"),
            "b.yaml": Sample.application("b", "rollout: {strategy: s}"), "s.yaml": shared,
        ])
        try #expect(memory(of: "a", in: catalog) == memory(of: "b", in: catalog))
        let before = try memory(of: "a", in: catalog)
        catalog.apply(["a.yaml": Sample.application("a", "rollout: {strategy: s}", version: "2")])
        try #expect(memory(of: "a", in: catalog) == before)
    }

    /// Addresses of an application's stages and gates.
    private func memory(of name: String, in catalog: Catalog) throws -> [UInt] {
        let entry = try #require(catalog.declared(name))
        try #require(!entry.gates.isEmpty)
        let stages = entry.strategy.stages.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        return [stages, unsafeBitCast(entry.gates, to: UInt.self)]
    }

    @Test func usersOfWhatWasFixedAreDeclaredAgain() {
        var catalog = Catalog([
            "a.yaml": Sample.application("a", "rollout: {strategy: s}") + Sample.application("b", "dependsOn: [a]"),
            "s.yaml": Sample.strategy("s", gates: "g"),
        ])
        #expect(catalog.apply(["g.yaml": Sample.gate("g")]).names == ["a", "b"])
        #expect(catalog.findings.isEmpty)
        #expect(catalog.apply(["g.yaml": Sample.gate("g", count: 2)]).names == ["a"])
        let change = catalog.apply(["g.yaml": nil])
        #expect(change.held.keys.sorted() == ["a", "b"])
        #expect(change.gone.isEmpty)
    }

    @Test func removedAndMovedApplications() {
        var catalog = Catalog(["a.yaml": Sample.application("a") + Sample.application("b")])
        let moved = catalog.apply(["a.yaml": Sample.application("b"), "c.yaml": Sample.application("a")])
        #expect(moved.names == ["a"])
        #expect(moved.gone.isEmpty)
        #expect(catalog.path(of: "a") == "c.yaml")
        let removed = catalog.apply(["c.yaml": nil])
        #expect(removed.gone == ["a"])
        #expect(removed.declared.isEmpty && removed.held.isEmpty)
        #expect(catalog.path(of: "a") == nil)
    }

    /// What stands in a file instead of an application that it declared before.
    @Test(arguments: [
        ("---\na: [", Finding.Code.syntax, false),
        (Sample.application("a", "replica: 1"), .unknownField, false),
        (Sample.application("[]"), .wrongType, false),
        (Sample.document("Aplication", "a", ""), .unknownKind, false),
        (Sample.document("Application", "a", "", version: "sluice.dev/v2"), .unsupportedVersion, false),
        (Sample.document("Application", "a", "", version: "example.org/v1"), .skippedDocument, true),
        ("---\nmetadata: {name: a}\n", .skippedDocument, true),
    ])
    func whatIsNotDecodedIsNotGone(text: String, code: Finding.Code, isComplete: Bool) {
        var catalog = Catalog(["a.yaml": Sample.application("a"), "b.yaml": Sample.application("b")])
        let change = catalog.apply(["a.yaml": text])
        #expect(change.held.mapValues(\.code) == ["a": code])
        #expect(change.gone.isEmpty && change.declared.isEmpty)
        #expect(catalog.findings.map(\.code) == [code])
        #expect(catalog.isComplete == isComplete)
        #expect(catalog.applicationNames == ["a", "b"])
        var again = catalog
        #expect(again.apply(["a.yaml": Sample.application("a")]).names == ["a"])
        #expect(again.findings.isEmpty && again.isComplete)
        #expect(catalog.apply(["a.yaml": nil]).gone == ["a"])
        #expect(catalog.findings.isEmpty && catalog.isComplete)
    }

    /// Whoever mends what is told finds the rest with the next look.
    @Test func aNameThatIsDeclaredManyTimesIsToldOfInAFewPlaces() {
        let many = String(repeating: Sample.document("Namespace", "flip", ""), count: 1_000)
        var catalog = Catalog(["b.yaml": many, "a.yaml": many])
        let findings = catalog.findings
        #expect(findings.count == 20 && findings.allSatisfy { $0.code == .duplicateName && $0.path == "a.yaml" })
        #expect(
            findings.first?.message.hasSuffix("and in 1998 more places") == true, "\(findings.first?.message ?? "")")
        _ = catalog.apply(["a.yaml": nil, "b.yaml": Sample.document("Namespace", "flip", "")])
        #expect(catalog.findings.isEmpty && catalog.isComplete)
    }

    @Test func applicationsThatRunAreKnownFromTheBeginning() {
        var catalog = Catalog(known: ["a", "b", "c"])
        let change = catalog.apply([
            "a.yaml": Sample.application("a"), "b.yaml": "apiVersion: example.org/v1\nmetadata: {name: b}\n",
        ])
        #expect(change.names == ["a"])
        #expect(change.held.mapValues(\.code) == ["b": .skippedDocument])
        #expect(change.gone == ["c"])
    }
}

extension String {
    fileprivate func renamed(from name: String) -> String {
        replacing("}\nspec", with: ", renamedFrom: \(name)}\nspec")
    }
}
