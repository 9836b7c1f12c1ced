import Manifests
import Testing

/// What is wrong with a file, with its place and its suggestion; and every bound.
@Suite struct FindingTests {
    private func decode(_ text: String) -> ManifestFile {
        ManifestDecoder.decode(bytes: Array(text.utf8), path: "m.yaml")
    }

    private static func document(_ kind: String, _ spec: String) -> String {
        "apiVersion: sluice.dev/v1\nkind: \(kind)\nmetadata: {name: x}\nspec: \(spec)\n"
    }

    private static func application(_ spec: String) -> String {
        document("Application", "{version: v1, components: [{name: web, kind: service, run: {simulated: {}}}]\(spec)}")
    }

    private static func stages(_ stages: String, _ more: String = "") -> String {
        document("Strategy", "{stages: [\(stages)]\(more)}")
    }

    private static let deep = String(repeating: "[", count: 31) + String(repeating: "]", count: 31)
    private static let full = "{name: full, weight: 100}"

    /// One example at least of every code that decoding can give: `line:column: severity: sentence [code]`.
    static let table: [(String, [String])] = [
        ("a: [", ["2:1: error: did not find expected node content [syntax]"]),
        ("a: \u{1}", ["1:4: error: control characters are not allowed in YAML [syntax]"]),
        (document("Topic", "*a"), ["4:7: error: aliases are not allowed: write the value out [alias]"]),
        (
            document("Topic", "&a {schemas: [v1]}"),
            ["4:7: error: anchors are not allowed: write the value where it is needed [anchor]"]
        ),
        (document("Topic", "{schemas: [!!str a]}"), ["4:18: error: tags are not allowed [tag]"]),
        (
            "apiVersion: sluice.dev/v2\nkind: Topic\n",
            [
                "1:13: error: this Sluice does not know the apiVersion \"sluice.dev/v2\"; did you mean \"sluice.dev/v1\"? [unsupported-version]"
            ]
        ),
        (
            "apiVersion: slice.dev/v1\nkind: Topic\n",
            [
                "1:13: error: this Sluice does not know the apiVersion \"slice.dev/v1\"; did you mean \"sluice.dev/v1\"? [unsupported-version]"
            ]
        ),
        (
            document("Aplication", "{}"),
            ["2:7: error: there is no kind \"Aplication\"; did you mean \"Application\"? [unknown-kind]"]
        ),
        (
            "apiVersion: sluice.dev/v1\nmetadata: {name: x}\n",
            [
                "1:1: error: a document needs \"kind\": one of Application, Strategy, Gate, Topic, Namespace [missing-field]"
            ]
        ),
        (
            document("Topic", "{schemas: [v1], partitons: 2}"),
            ["4:23: error: topic has no field \"partitons\"; did you mean \"partitions\"? [unknown-field]"]
        ),
        (
            document("Topic", "{schemas: [v1], colour: red}"),
            ["4:23: error: topic has no field \"colour\" [unknown-field]"]
        ),
        (
            document("Topic", "{schemas: [v1], schemas: [v2]}"),
            ["4:23: error: \"schemas\" stands here twice [duplicate-field]"]
        ),
        (
            application(", contract: {accepts: {a: [v1], a: [v2]}}"),
            ["4:115: error: \"a\" stands here twice [duplicate-field]"]
        ),
        (document("Topic", "{}"), ["4:7: error: topic needs \"schemas\" [missing-field]"]),
        (
            document("Gate", "{approval: {}, webhook: {url: 'http://a'}}"),
            [
                "4:7: error: gate needs exactly one of \"smokeTest\", \"analysis\", \"webhook\", \"approval\" [exclusive-fields]"
            ]
        ),
        (
            document("Gate", "{webhook: {url: 'http://a:99999/b'}}"),
            ["4:23: error: \"http://a:99999/b\" is not a URL [invalid-value]"]
        ),
        (
            document("Gate", "{webhook: {url: 'http://robot:secret@a:0/b'}}"),
            ["4:23: error: this is not a URL [invalid-value]"]
        ),
        (
            document("Gate", "{analysis: {metric: latency, max: 1%}}"),
            ["4:41: error: a bound on this metric is a duration such as 250ms [wrong-type]"]
        ),
        (
            document("Topic", "{schemas: [1.10]}"),
            ["4:18: error: expected text, found the number \"1.10\"; did you mean \"\"1.10\"\"? [wrong-type]"]
        ),
        (
            application(", suspend: yes"),
            ["4:94: error: expected true or false, found \"yes\"; did you mean \"true\"? [wrong-type]"]
        ),
        (
            stages("{name: full, weight: 100, hold: 90}"),
            [
                "4:49: error: \"90\" is not a duration: whole numbers with units, such as 90s or 1h30m, up to 10 years; did you mean \"90s\"? [wrong-type]"
            ]
        ),
        (
            document("Gate", "{analysis: {metric: {query: a, share: {bad: b, total: c}}, max: 1}}"),
            ["4:27: error: promQL needs exactly one of \"query\", \"share\" [exclusive-fields]"]
        ),
        (
            document("Gate", "{analysis: {metric: errorRate, noWorseThan: stable, onInconclusive: pass}}"),
            ["4:75: error: \"pass\" is not one of hold, fail [invalid-value]"]
        ),
        (
            document("Gate", "{webhook: {url: 'ftp://a'}}"),
            ["4:23: error: \"ftp://a\" is not a URL [invalid-value]"]
        ),
        (
            application(", activation: activ"),
            ["4:97: error: \"activ\" is not one of active, inactive; did you mean \"active\"? [invalid-value]"]
        ),
        (
            document("Topic", "{schemas: [v1], partitions: 4097}"),
            ["4:35: error: \"4097\" is not between 1 and 4096 [out-of-range]"]
        ),
        (
            document("Topic", "{schemas: []}"),
            ["4:17: error: this list has 0 entries, and must have at least 1 [wrong-count]"]
        ),
        (application(", dependsOn: [a, a]"), ["4:100: error: \"a\" stands in this list twice [duplicate-value]"]),
        (
            stages(full, ", onFailure: rever"),
            [
                "4:56: error: \"rever\" is not one of rollback, hold, revert; did you mean \"revert\"? [invalid-value]"
            ]
        ),
        (
            stages("{name: a, weight: 50}, {name: b, weight: 50}, \(full)"),
            ["4:58: error: weights must rise: \"b\" has 50 after 50 [stages-not-rising]"]
        ),
        (
            stages("{name: a, weight: 50}"),
            ["4:35: error: the last stage must have weight 100, \"a\" has 50 [last-stage-not-full]"]
        ),
        (
            stages(full, ", rollback: {stages: [10]}"),
            ["4:65: error: the way back must end at 0, this one ends at 10 [rollback-not-falling]"]
        ),
        (
            document("Topic", deep),
            ["4:7: error: expected a mapping, found a list [wrong-type]"]
        ),
        (
            document(
                "Application",
                "{version: v1, components: [{name: w, kind: consumer, run: {simulated: {}}, subscriptions: [{topic: t, subscription: s}]}]}"
            ),
            ["4:106: warning: the contract accepts no schema of \"t\", which is consumed here [not-accepted]"]
        ),
    ]

    @Test(arguments: table) func aFindingSaysWhatAndWhere(text: String, words: [String]) {
        let file = decode(text)
        #expect(file.findings.map { String($0.description.dropFirst("m.yaml:".count)) } == words)
        #expect(file.isComplete == !file.findings.contains { $0.severity == .error })
    }

    /// Codes that only come from documents together; the catalogue makes them.
    static let between: Set<Finding.Code> = [
        .skippedDocument, .duplicateName, .unknownReference, .unknownSchema, .unknownStage, .dependencyCycle,
        .renamedFromDeclared, .invalidDependency, .missingFile, .quotaExceeded, .unusableName, .notFollowed,
        .unreadable, .ignored, .ignoreFile,
    ]
    /// Codes that stand below, with files too large for a table.
    static let large: Set<Finding.Code> = [.encoding, .fileTooLarge, .scalarTooLarge, .tooDeep, .tooManyFindings]

    @Test func everyCodeOfDecodingHasItsExample() {
        let shown = Set(Self.table.flatMap { decode($0.0).findings.map(\.code) })
        let decoding = Set(Finding.Code.allCases).subtracting(Self.between)
        #expect(decoding.subtracting(Self.large) == shown)
    }

    @Test func findingsComeAllAtOnceAndInOrder() {
        let file = decode(Self.document("Topic", "{partitions: 0, schemas: [v1, v1], colour: red}\n---\na: [b"))
        #expect(file.findings.map(\.code) == [.outOfRange, .duplicateValue, .unknownField, .syntax])
        #expect(file.findings == file.findings.sorted())
    }

    // MARK: Text

    @Test func aByteOrderMarkAndCRLFAreAccepted() {
        let text = Self.document("Topic", "{schemas: [v1], partitons: 2}")
        let plain = decode(text).findings
        #expect(decode("\u{FEFF}" + text).findings == plain)
        #expect(decode(text.replacing("\n", with: "\r\n")).findings == plain)
        let good = Self.document("Topic", "{schemas: [v1]}")
        #expect(decode("\u{FEFF}" + good.replacing("\n", with: "\r\n")).documents == decode(good).documents)
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00], "1:1: error: this is UTF-16; manifests are UTF-8 [not-utf8]"),
            ([0xFE, 0xFF, 0x00, 0x61], "1:1: error: this is UTF-16; manifests are UTF-8 [not-utf8]"),
            (Array("a: b\nc: ".utf8) + [0xC3, 0x28], "2:5: error: this is not UTF-8 [not-utf8]"),
            (Array("a: ".utf8) + [0xED, 0xA0, 0x80], "1:4: error: this is not UTF-8 [not-utf8]"),
        ] as [([UInt8], String)])
    func whatIsNotUTF8IsRejected(bytes: [UInt8], words: String) {
        let file = ManifestDecoder.decode(bytes: bytes, path: "m.yaml")
        #expect(file.findings.map(\.description) == ["m.yaml:" + words])
        #expect(file.isCutShort && file.documents.isEmpty)
    }

    // MARK: Bounds

    @Test func valuesStandInEachOther32Deep() {
        // The document and `spec` are two mappings; what is not understood is bounded all the same.
        let nested = { (depth: Int) in
            Self.document(
                "Topic",
                "{schemas: [v1], x: " + String(repeating: "[", count: depth - 2)
                    + String(repeating: "]", count: depth - 2)
                    + "}")
        }
        #expect(decode(nested(32)).findings.map(\.code) == [.unknownField])
        #expect(decode(nested(33)).findings.map(\.code) == [.unknownField, .tooDeep])
    }

    @Test(arguments: ["[", "- ", "{a: ", "? "])
    func aFileOfNothingButBracketsIsNotReadToItsEnd(opening: String) {
        let text = String(repeating: opening, count: 1_000_000 / opening.utf8.count)
        for start in ["", "apiVersion: sluice.dev/v1\nkind: Topic\nspec:\n  "] {
            let file = decode(start + text)
            #expect(file.isCutShort && file.findings.last?.code == .tooDeep, "\(file.findings)")
        }
    }

    @Test func aFileOfNothingButDirectivesIsNotRead() {
        let text = { (count: Int) in (0..<count).map { "%TAG !a\($0)! b\n" }.joined() + "--- a\n" }
        #expect(decode(text(50)).findings.map(\.code) == [.wrongType])
        #expect(decode(text(1000)).findings.map(\.code) == [.wrongType])
        let file = decode(text(60_000))
        #expect(file.findings.map(\.code) == [.tag] && file.isCutShort)
    }

    @Test func aSmokeTestFitsIntoAnEvaluation() {
        let smoke = { (words: String) in
            decode(Self.document("Gate", "{smokeTest: {replay: a.jsonl, \(words)}}")).findings.map(\.code)
        }
        #expect(smoke("sample: 600") == [])
        #expect(smoke("sample: 601") == [.outOfRange])
        #expect(smoke("sample: 601, rate: 11") == [])
    }

    @Test func aURLHasOnlyItsOwnPlaces() {
        let smoke = { (url: String) in
            decode(Self.document("Gate", "{smokeTest: {requests: [{path: /}], url: '\(url)'}}")).findings.map(\.code)
        }
        #expect(smoke("http://{component}.{namespace}.svc:8080/{application}/{side}/{version}") == [])
        #expect(smoke("http://{service}.svc") == [.invalidValue])
        #expect(smoke("http://a/{window}") == [.invalidValue])
        #expect(smoke("http://a/{side") == [.invalidValue])
    }

    @Test func aValueHasAtMost64KiB() {
        let request = { (count: Int) in
            let body = String(repeating: "b", count: count)
            return Self.document("Gate", "{smokeTest: {requests: [{path: /, body: \(body)}]}}")
        }
        #expect(decode(request(65_536)).findings == [])
        #expect(decode(request(65_537)).findings.map(\.code) == [.scalarTooLarge])
    }

    @Test func aFileHasAtMost1MiB() {
        let text = Self.document("Topic", "{schemas: [v1]}")
        let filled = { (size: Int) in text + "#" + String(repeating: " ", count: size - text.utf8.count - 1) }
        #expect(decode(filled(1 << 20)).documents.count == 1)
        let file = decode(filled(1 << 20 + 1))
        #expect(file.findings.map(\.code) == [.fileTooLarge])
        #expect(file.isCutShort && file.documents.isEmpty)
    }

    @Test func aFileHasAtMost100Findings() {
        let fields = (0..<5000).map { "f\($0): 1" }.joined(separator: ", ")
        let file = decode(Self.document("Topic", "{schemas: [v1], \(fields)}"))
        #expect(file.findings.count == 101)
        #expect(file.findings.last?.code == .tooManyFindings)
    }

    @Test func anAliasBombIsNotLit() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...30 {
            let item = "*a\(level - 1)"
            lines.append("a\(level): &a\(level) [\([String](repeating: item, count: 10).joined(separator: ", "))]")
        }
        // Somebody else's is passed over; Sluice's own is full of findings.
        let foreign = decode("kind: Bomb\n" + lines.joined(separator: "\n"))
        #expect(foreign.findings == [] && foreign.skipped == 1)
        let own = decode(Self.document("Topic", "\n  " + lines.joined(separator: "\n  ")))
        #expect(own.findings.count == 101 && own.documents.isEmpty)
        #expect(Set(own.findings.map(\.code)).isSubset(of: [.anchor, .alias, .unknownField, .tooManyFindings]))
    }

    // MARK: Others' documents

    @Test func documentsOfOthersAreSkippedAndCounted() {
        let text = """
            # Nothing but a comment.
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: search, labels: &l {a: b}}
            data: {again: *l, tagged: !t x}
            ---
            \(Self.document("Topic", "{schemas: [v1]}"))---
            apiVersion: argoproj.io/v1alpha1
            kind: Application
            metadata: {name: search}
            ---
            # Nothing but a comment either.
            """
        let file = decode(text)
        #expect(file.findings == [])
        #expect(file.skipped == 2)
        #expect(file.documents.map(\.name) == ["x"])
        #expect(file.skippedNames == [SkippedName(name: "search", mark: Mark(line: 13, column: 1))])
        #expect(file.isComplete)
        let broken = decode(text + "\n---\n- a list\n---\njust text\n")
        #expect(
            broken.findings.map(\.message) == [
                "expected a document that is a mapping and begins with \"apiVersion\", found a list",
                "expected a document that is a mapping and begins with \"apiVersion\", found \"just text\"",
            ])
        #expect(!broken.isComplete && broken.documents.map(\.name) == ["x"])
    }

    // MARK: Snippets

    @Test func aSnippetPointsAtTheCause() throws {
        for (start, newline) in [("", "\n"), ("\u{FEFF}", "\r\n")] {
            let text =
                start + Self.document("Topic", "{schemas: [\"ä\tb\"], partitons: 2}").replacing("\n", with: newline)
            let finding = try #require(decode(text).findings.last)
            #expect(
                finding.rendered(source: Array(text.utf8)) == """
                    m.yaml:4:26: error: topic has no field "partitons"; did you mean "partitions"? [unknown-field]
                     4 | spec: {schemas: ["ä b"], partitons: 2}
                       |                          ^
                    """)
        }
    }

    @Test func aFindingOutsideItsSourceStandsAlone() {
        let finding = Finding(path: "m.yaml", mark: Mark(line: 9, column: 1), code: .syntax, message: "no")
        #expect(finding.rendered(source: Array("a\n".utf8)) == "m.yaml:9:1: error: no [syntax]")
    }
}
