import Core
import Manifests
import Testing

/// Every case says the whole file before and after: what is not part of the change is the same to the byte.
@Suite struct ManifestEditTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var path: [ManifestEdit.Step]
        var change: ManifestEdit.Change
        var before: String
        var after: String
        var testDescription: String { name }

        init(
            _ name: String, _ path: [ManifestEdit.Step], _ change: ManifestEdit.Change, _ before: String,
            _ after: String
        ) {
            (self.name, self.path, self.change, self.before, self.after) = (name, path, change, before, after)
        }
    }

    /// A file in which `strategy` is the spec of the Strategy that is edited, with neighbours before and after.
    static func file(_ spec: String) -> String {
        """
        # The fleet's topics.
        apiVersion: sluice.dev/v1
        kind: Topic
        metadata: {name: clicks}   # as ever
        spec: {schemas: [ v1,v2 ]}
        ---
        apiVersion: v1
        kind: ConfigMap
        data: {text: &a "x", again: *a}
        ---
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata:
          name: ladder
        spec:\(spec)
        ---
        # Nothing here.
        """
    }

    static let ladder = "\n  stages: [{name: full, weight: 100}]"

    static let cases: [Case] = [
        Case(
            "a plain scalar, comment kept", ["spec", "surge"], .set(.text("10%")),
            "\n  surge:   25%  # enough\(ladder)", "\n  surge:   10%  # enough\(ladder)"),
        Case(
            "double quotes stay", ["spec", "surge"], .set(.text("10%")), "\n  surge: \"25%\"\(ladder)",
            "\n  surge: \"10%\"\(ladder)"),
        Case(
            "single quotes stay", ["spec", "surge"], .set(.text("10%")), "\n  surge: '25%'\(ladder)",
            "\n  surge: '10%'\(ladder)"),
        Case(
            "a field that is not there", ["spec", "onNewVersion"], .set(.text("queue")), "\(ladder)   # all at once",
            "\(ladder)   # all at once\n  onNewVersion: queue"),
        Case(
            "four spaces", ["spec", "surge"], .insert(.text("10%")), "\n    stages:\n    - {name: full, weight: 100}",
            "\n    stages:\n    - {name: full, weight: 100}\n    surge: 10%"),
        Case(
            "a mapping that is not there", ["spec", "retention", "for"], .insert(.text("90m")), ladder,
            "\(ladder)\n  retention:\n    for: 90m"),
        Case(
            "into a flow mapping", ["spec", "retention", "capacity"], .insert(.text("10%")),
            "\n  retention: { for: 1h }  # short\(ladder)",
            "\n  retention: { for: 1h, capacity: 10% }  # short\(ladder)"),
        Case(
            "into an empty flow mapping", ["spec", "retention", "for"], .insert(.text("1h")),
            "\n  retention: {}\(ladder)", "\n  retention: {for: 1h}\(ladder)"),
        Case(
            "into a flow mapping on many lines", ["spec", "retention", "capacity"], .insert(.text("10%")),
            "\n  retention: {\n      for: 1h  # short\n    }\(ladder)",
            "\n  retention: {\n      for: 1h,\n      capacity: 10%  # short\n    }\(ladder)"),
        Case(
            "an entry by name", ["spec", "stages", .named("canary"), "weight"], .set(.integer(5)),
            "\n  stages:\n    - name: canary   # first\n      weight: 1\n    - {name: full, weight: 100}",
            "\n  stages:\n    - name: canary   # first\n      weight: 5\n    - {name: full, weight: 100}"),
        Case(
            "an entry by position", ["spec", "stages", 1, "hold"], .insert(.text("1h30m")),
            "\n  stages:\n    - {name: canary, weight: 1}\n    - {name: full, weight: 100}",
            "\n  stages:\n    - {name: canary, weight: 1}\n    - {name: full, weight: 100, hold: 1h30m}"),
        Case(
            "at the end of a block entry", ["spec", "stages", 0, "hold"], .insert(.text("2m")),
            "\n  stages:\n  - name: canary\n    weight: 1\n\n  # The end.\n  - {name: full, weight: 100}",
            "\n  stages:\n  - name: canary\n    weight: 1\n    hold: 2m\n\n  # The end.\n  - {name: full, weight: 100}"),
        Case(
            "a whole list", ["spec", "stages", 0, "gates"], .set(.list([.text("smoke"), .text("errors")])),
            "\n  stages:\n    - name: full\n      # Slow ones first.\n      gates:  # all\n        - load\n        - smoke\n      weight: 100",
            "\n  stages:\n    - name: full\n      # Slow ones first.\n      gates: [smoke, errors]  # all\n      weight: 100"
        ),
        Case(
            "a new entry at the end of brackets", ["spec", "stages", 0, "gates"], .insertEntry(at: 1, .text("b")),
            "\n  stages: [{name: full, weight: 100, gates: [ a ]}]",
            "\n  stages: [{name: full, weight: 100, gates: [ a, b ]}]"),
        Case(
            "a new entry between others in brackets", ["spec", "stages", 0, "gates"],
            .insertEntry(at: 1, .text("b")), "\n  stages: [{name: full, weight: 100, gates: [a, c]}]",
            "\n  stages: [{name: full, weight: 100, gates: [a, b, c]}]"),
        Case(
            "a new entry of an empty list", ["spec", "stages", 0, "gates"], .insertEntry(at: 0, .text("a")),
            "\n  stages:\n    - name: full\n      gates: []  # none\n      weight: 100",
            "\n  stages:\n    - name: full\n      gates: [a]  # none\n      weight: 100"),
        Case(
            "a new entry between others, comments kept above theirs", ["spec", "stages"],
            .insertEntry(
                at: 1, .mapping([.init("name", .text("half")), .init("weight", .integer(50))])),
            "\n  stages:\n    - {name: canary, weight: 1}  # first\n    # All.\n    - {name: full, weight: 100}",
            "\n  stages:\n    - {name: canary, weight: 1}  # first\n    - name: half\n      weight: 50\n    # All.\n    - {name: full, weight: 100}"
        ),
        Case(
            "removed with its line", ["spec", "surge"], .remove,
            "\n  # How much more.\n  surge: 25%  # enough\n\n  # The ladder.\(ladder)",
            "\n  # How much more.\n\n  # The ladder.\(ladder)"),
        Case(
            "removed with all its lines", ["spec", "retention"], .remove,
            "\n  retention:\n    for: 1h\n    capacity: 10%\(ladder)", ladder),
        Case(
            "the last field in a mapping leaves an empty one", ["spec", "retention", "for"], .remove,
            "\n  retention:  # none\n    # One day.\n    for: 24h\(ladder)",
            "\n  retention: {}  # none\n    # One day.\(ladder)"),
        Case(
            "first in braces", ["spec", "retention", "for"], .remove,
            "\n  retention: {for: 1h, capacity: 10%}\(ladder)", "\n  retention: {capacity: 10%}\(ladder)"),
        Case(
            "last in braces", ["spec", "retention", "capacity"], .remove,
            "\n  retention: {for: 1h , capacity: 10% }\(ladder)", "\n  retention: {for: 1h  }\(ladder)"),
        Case(
            "alone in braces", ["spec", "retention", "for"], .remove, "\n  retention: {for: 1h}\(ladder)",
            "\n  retention: {}\(ladder)"),
        Case(
            "last in braces on many lines", ["spec", "retention", "capacity"], .remove,
            "\n  retention: {\n    for: 1h,  # short\n    # Little.\n    capacity: 10%\n  }\(ladder)",
            "\n  retention: {\n    for: 1h  # short\n    # Little.\n  }\(ladder)"),
        Case(
            "first in braces on many lines", ["spec", "retention", "for"], .remove,
            "\n  retention: {\n    for: 1h,  # short\n    # Little.\n    capacity: 10%,\n  }\(ladder)",
            "\n  retention: {\n    # Little.\n    capacity: 10%,\n  }\(ladder)"),
        Case(
            "first behind a dash", ["spec", "stages", 0, "hold"], .remove,
            "\n  stages:\n    - hold: 1m\n      name: full\n      weight: 100",
            "\n  stages:\n    - name: full\n      weight: 100"),
        Case(
            "first behind a dash, above a comment", ["spec", "stages", 0, "hold"], .remove,
            "\n  stages:\n    - hold: 1m\n      # All.\n      name: full\n      weight: 100",
            "\n  stages:\n    -\n      # All.\n      name: full\n      weight: 100"),
        Case(
            "an entry of a list", ["spec", "stages", .named("canary")], .remove,
            "\n  stages:\n  - name: canary\n    weight: 1\n  # Then all.\n  - name: full\n    weight: 100",
            "\n  stages:\n  # Then all.\n  - name: full\n    weight: 100"),
        Case(
            "an entry of a flow list", ["spec", "stages", 0, "gates", 1], .remove,
            "\n  stages: [{name: full, gates: [a, b, c], weight: 100}]",
            "\n  stages: [{name: full, gates: [a, c], weight: 100}]"),
        Case(
            "the only entry of a block list", ["spec", "stages", 0, "gates", 0], .remove,
            "\n  stages:\n    - name: full\n      weight: 100\n      gates:\n      - a",
            "\n  stages:\n    - name: full\n      weight: 100\n      gates: []"),
        Case(
            "a spec in braces", ["spec", "surge"], .insert(.text("10%")), " {stages: [{name: full, weight: 100}]}",
            " {stages: [{name: full, weight: 100}], surge: 10%}"),
        Case(
            "JSON stays JSON", ["spec", "retention"], .insert(.mapping([.init("for", .text("1h"))])),
            " {\"stages\": [{\"name\": \"full\", \"weight\": 100}]}",
            " {\"stages\": [{\"name\": \"full\", \"weight\": 100}], \"retention\": {\"for\": \"1h\"}}"),
        Case(
            "what it is already", ["spec", "surge"], .set(.text("25%")), "\n  surge: \"25%\"\(ladder)",
            "\n  surge: \"25%\"\(ladder)"),
        Case(
            "characters of many bytes before it", ["spec", "surge"], .set(.text("10%")),
            "\n  # größer als 🚢\n  surge: 25%  # ö\(ladder)", "\n  # größer als 🚢\n  surge: 10%  # ö\(ladder)"),
    ]

    private static func edited(
        _ text: String, _ path: [ManifestEdit.Step], _ change: ManifestEdit.Change, kind: Kind = .strategy,
        name: String = "ladder"
    ) throws -> String {
        let bytes = try ManifestEdit(kind, name, path, change).applied(to: Array(text.utf8), path: "f.yaml")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: cases) func onlyTheChangeChanges(_ item: Case) throws {
        let (before, after) = (Self.file(item.before), Self.file(item.after))
        #expect(ManifestDecoder.decode(bytes: Array(after.utf8), path: "").findings == [])
        #expect(try Self.edited(before, item.path, item.change) == after)
        let crlf = { (text: String) in text.replacing("\n", with: "\r\n") }
        #expect(try Self.edited(crlf(before), item.path, item.change) == crlf(after), "with CRLF")
        #expect(try Self.edited("\u{FEFF}" + before, item.path, item.change) == "\u{FEFF}" + after, "with a BOM")
        // The edited document at the end of the file, with and without a last line break.
        let end = { (text: String, last: String) in text.replacing("\n---\n# Nothing here.", with: last) }
        for last in ["", "\n", "\n\n# The end.\n"] {
            #expect(try Self.edited(end(before, last), item.path, item.change) == end(after, last), "\(last.count)")
        }
    }

    private static func gate(_ smokeTest: String) -> String {
        "apiVersion: sluice.dev/v1\nkind: Gate\nmetadata: {name: smoke}\nspec:\n  smokeTest:\n    requests:\n"
            + "    - path: /\n\(smokeTest)  when: before\n"
    }

    @Test(arguments: [
        ("      body: |  # as JSON\n        {}\n\n        x\n\n", "      body: new  # as JSON\n\n"),
        ("      body: >-\n        {}\n", "      body: new\n"),
        ("      body: |+\n        {}\n\n\n", "      body: new\n"),
        ("      body: \"a\n        b\"  # long\n", "      body: \"new\"  # long\n"),
        ("      body: a\n        b\n", "      body: new\n"),
    ])
    func aBlockOrATextOnManyLinesIsReplaced(before: String, after: String) throws {
        let path: [ManifestEdit.Step] = ["spec", "smokeTest", "requests", 0, "body"]
        let edited = try Self.edited(Self.gate(before), path, .set(.text("new")), kind: .gate, name: "smoke")
        #expect(edited == Self.gate(after))
        let removed = try Self.edited(Self.gate(before), path, .remove, kind: .gate, name: "smoke")
        #expect(removed == Self.gate(before.hasSuffix("x\n\n") ? "\n" : ""))
    }

    @Test(arguments: [
        "      body: |\n        {}\n", "      body: |+\n        {}\n\n", "      body: |-\n        a\n        b\n",
    ])
    func aFieldIsInsertedBehindABlock(body: String) throws {
        let edited = try Self.edited(
            Self.gate(body), ["spec", "smokeTest", "requests", 0, "expectStatus"], .insert(.integer(204)), kind: .gate,
            name: "smoke")
        #expect(edited == Self.gate(body + "      expectStatus: 204\n"))
    }

    @Test(arguments: [
        "1.10", "4", "0x1f", "1e3", "true", "No", "~", "null", "", " a", "a ", "a: b", "a #b", "#a", "- a", "&a", "*a",
        "!a", "|", "%a", "@a", "`a", "\"a", "'a'", "it's", "{a}", "[a]", "a, b", "2026-01-01", "12:30:45", "---",
        "ä\u{1F6A2}",
        "a\nb", "\ttab", "back\\slash", "\u{7F}", "\u{FEFF}x", "?", "a\u{2028}b", "=", "<<",
    ])
    func textReadsBackAsItself(text: String) throws {
        for body in ["      body: x\n", "      body: 'x'\n", "      body: \"x\"\n", "      body: |\n        x\n", ""] {
            let bytes = try ManifestEdit(
                .gate, "smoke", ["spec", "smokeTest", "requests", 0, "body"], .set(.text(text))
            ).applied(to: Array(Self.gate(body).utf8), path: "")
            let file = ManifestDecoder.decode(bytes: bytes, path: "")
            guard case .gate(let gate)? = file.documents.first?.value, case .smokeTest(let test) = gate.check else {
                Issue.record("not a smoke test: \(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(test.requests.first?.body == text)
        }
    }

    // MARK: Refusals

    private func error(_ text: String, _ path: [ManifestEdit.Step], _ change: ManifestEdit.Change) -> String {
        do throws(ManifestEditError) {
            let edit = ManifestEdit(.strategy, "ladder", path, change)
            return
                "no error: \(String(decoding: try edit.applied(to: Array(text.utf8), path: "f.yaml"), as: UTF8.self))"
        } catch {
            return "\(error)"
        }
    }

    private static let plain = file("\n  surge: 25%\(ladder)")

    @Test(
        arguments: [
            (["spec", "surge"], ManifestEdit.Change.insert(.text("10%")), "spec.surge is there already"),
            (["spec", "prescale"], .remove, "there is no spec.prescale"),
            (["spec", "stages", .named("half")], .remove, "there is no spec.stages[half]"),
            (["spec", "stages", 1, "weight"], .set(.integer(5)), "there is no spec.stages[1].weight"),
            (["spec", "surge", "of"], .set(.integer(5)), "spec.surge.of does not lead anywhere"),
            (["spec", "stages", "weight"], .set(.integer(5)), "spec.stages.weight does not lead anywhere"),
            ([], .remove, "there is no path"),
            (
                ["spec", "stages", 0, "weight"], .set(.integer(50)),
                "f.yaml:17:33: error: the last stage must have weight 100"
            ),
            (["spec", "surge"], .set(.integer(10)), "did you mean \"10%\"? [wrong-type]"),
            (["spec", "surgee"], .insert(.text("10%")), "did you mean \"surge\"? [unknown-field]"),
            (["spec", "stages"], .remove, "strategy needs \"stages\" [missing-field]"),
        ] as [([ManifestEdit.Step], ManifestEdit.Change, String)])
    func whatCannotBeDoneIsSaid(path: [ManifestEdit.Step], change: ManifestEdit.Change, words: String) {
        let said = error(Self.plain, path, change)
        #expect(said.contains(words), "\(said)")
    }

    @Test func aFileOrDocumentThatIsNotThereIsSaid() {
        let set = ManifestEdit.Change.set(.text("10%"))
        #expect(error("a: [", ["spec", "surge"], set).hasPrefix("the file cannot be edited: f.yaml:2:1: error: "))
        #expect(error("", ["spec", "surge"], set) == "the file has no Strategy \"ladder\"")
        let twice = Self.plain + "\n---\n" + Self.plain
        #expect(error(twice, ["spec", "surge"], set) == "the file has more than one Strategy \"ladder\"")
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(error("a: \(deep)\n---\n" + Self.plain, ["spec", "surge"], set).contains("too deep"))
    }

    @Test(arguments: [
        "\n  surge: &a 25%\(ladder)", "\n  ? surge\n  : 25%\(ladder)", "\n  !t surge: 25%\(ladder)",
        "\n  surge: 25%\n  surge: 30%\(ladder)", " &a\n  surge: 25%\(ladder)", " {surge, stages: []}",
        "\n  <<: *a\n  surge: 25%\(ladder)",
    ])
    func unusualYAMLIsEditedRightlyOrNotAtAll(spec: String) {
        let text = Self.file(spec)
        for change in [ManifestEdit.Change.set(.text("10%")), .remove] {
            for path in [["spec", "surge"], ["spec", "prescale"]] as [[ManifestEdit.Step]] {
                let edit = ManifestEdit(.strategy, "ladder", path, change)
                guard let edited = try? edit.applied(to: Array(text.utf8), path: "") else { continue }
                let file = ManifestDecoder.decode(bytes: edited, path: "")
                let before = ManifestDecoder.decode(bytes: Array(text.utf8), path: "")
                #expect(file.findings.count <= before.findings.count)
                #expect(file.documents.count >= before.documents.count)
            }
        }
    }

    @Test func anErrorElsewhereDoesNotStandInTheWay() throws {
        let text = Self.plain.replacing("schemas: [ v1,v2 ]", with: "schema: [ v1,v2 ]")
        #expect(
            try Self.edited(text, ["spec", "surge"], .set(.text("10%")))
                == text.replacing("surge: 25%", with: "surge: 10%"))
    }

    /// Setting and setting back, inserting and removing, in every file of the cases, ends with the same bytes.
    @Test(arguments: cases) func thereAndBackIsTheSame(_ item: Case) throws {
        for text in [item.before, item.after].map(Self.file) {
            for (field, values) in [("progressDeadline", ["1m", "2m"]), ("onNewVersion", ["queue", "replace"])] {
                let path: [ManifestEdit.Step] = ["spec", .key(field)]
                if text.contains(field) { continue }
                let inserted = try Self.edited(text, path, .insert(.text(values[0])))
                let set = try Self.edited(inserted, path, .set(.text(values[1])))
                let expected = inserted.replacing("\(field): \(values[0])", with: "\(field): \(values[1])")
                    .replacing("\(field)\": \"\(values[0])\"", with: "\(field)\": \"\(values[1])\"")
                #expect(set == expected && set != inserted)
                #expect(try Self.edited(set, path, .remove) == text)
            }
        }
    }
}
