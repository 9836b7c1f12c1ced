import Core
import Manifests
import Testing

@Suite struct CatalogChangeTests {
    /// Whatever came before: the catalog is the one that the files alone give, and its changes say all that differs and
    /// nothing else.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func aCatalogIsWhatItsFilesSay(seed: UInt64) {
        var dice = Dice(state: seed)
        var files: [String: ManifestFile] = [:]
        var catalog = Catalog()
        var entries: [String: CatalogEntry] = [:]
        var held: [String: Finding] = [:]
        var seen = (valid: 0, held: 0, gone: 0)
        for step in 0..<400 {
            var changes: [(path: String, file: ManifestFile?)] = []
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                let path = "\(Int.random(in: 0..<7, using: &dice)).yaml"
                let isGone = Int.random(in: 0..<5, using: &dice) == 0
                let file = isGone ? nil : Sample.file(text(&dice), path: path)
                changes.append((path, file))
                files[path] = file
            }
            let change = catalog.update(changes)
            for entry in change.declared {
                let name = entry.application.name
                #expect(entries[name] != entry || held[name] != nil, "\(name) at \(step) did not change")
                entries[name] = entry
                held[name] = nil
            }
            for (name, finding) in change.held {
                entries[name] = nil
                held[name] = finding
            }
            for name in change.gone {
                entries[name] = nil
                held[name] = nil
            }
            let names = Set(entries.keys).union(held.keys)
            var scratch = Catalog(known: held.keys)
            _ = scratch.update(files.map { ($0, $1) })
            #expect(catalog.applicationNames == names.sorted())
            for name in names {
                #expect(catalog.declared(name) == entries[name], "\(name) at \(step)")
                #expect(scratch.declared(name) == entries[name], "\(name) at \(step)")
                #expect(catalog.hold(of: name) == held[name], "\(name) at \(step)")
            }
            #expect(Set(scratch.applicationNames).isSubset(of: names))
            #expect(catalog.findings == scratch.findings, "at \(step)")
            #expect(catalog.isComplete == scratch.isComplete)
            let isValid = names.allSatisfy { !catalog.isDeclared($0) || catalog.declared($0) != nil }
            #expect(!catalog.isComplete || files.values.allSatisfy(\.isComplete))
            #expect(!catalog.isComplete || isValid)
            #expect(catalog.counts == scratch.counts)
            seen = (seen.valid + entries.count, seen.held + held.count, seen.gone + change.gone.count)
        }
        #expect(min(seen.valid, seen.held, seen.gone) > 100, "too little was tried: \(seen)")
    }

    private func text(_ dice: inout Dice) -> String {
        func any(_ words: String...) -> String { words.randomElement(using: &dice) ?? "" }
        var text = ""
        for _ in 0..<Int.random(in: 0...3, using: &dice) {
            switch Int.random(in: 0..<22, using: &dice) {
            case 0..<9:
                let more = any(
                    "", "", "dependsOn: [b]", "dependsOn: [c, d]", "dependsOn: [a]", "dependsOn: [e]", "bad: 1",
                    "rollout: {strategy: s}", "rollout: {strategy: t, until: canary}",
                    "rollout: {strategy: {stages: [{name: f, weight: 100, gates: [g]}]}}",
                    "dependsOn: [f], contract: {publishes: {t: [v2]}}", "contract: {accepts: {u: [v1]}}")
                let application = Sample.application(any("a", "b", "c", "d", "e", "f"), more, version: any("1", "2"))
                let isRenamed = Int.random(in: 0..<8, using: &dice) == 0
                text += isRenamed ? application.replacing("}\nspec", with: ", renamedFrom: b}\nspec") : application
            case 9..<13:
                let stage = any("canary", "canary", "first")
                text += Sample.strategy(any("s", "t"), gates: any("", "g", "g, h", "h"), stage: stage)
            case 13..<16: text += Sample.gate(any("g", "h"), count: Int.random(in: 1...2, using: &dice))
            case 16..<18: text += Sample.topic(any("t", "u"), any("v1", "v1, v2"))
            case 18:
                text += Sample.document(any("Gate", "Strategy", "Application", "Thing"), any("a", "g", "s", "[]"), "")
            case 19: text += any("---\nmetadata: {name: a}\n", "---\nkind: List\n", "# nothing\n")
            case 20: text += Sample.document("Application", any("a", "b"), "", version: "example.org/v1")
            default: if Int.random(in: 0..<2, using: &dice) == 0 { text += "---\nx: [" }
            }
        }
        return text
    }

    private static let count = 3000

    /// Strategy s has ten users, application 0 has three.
    private var fleet: Catalog {
        var files: [String: String] = ["s.yaml": Sample.strategy("s", gates: "g"), "g.yaml": Sample.gate("g")]
        for number in 0..<Self.count {
            let more =
                switch number {
                case 100..<110: "rollout: {strategy: s}"
                case 200..<203: "dependsOn: [a0]"
                default: ""
                }
            files["\(number).yaml"] = Sample.application("a\(number)", more)
        }
        return Catalog(files)
    }

    @Test func aChangeConcernsOnlyItsUsers() {
        var catalog = fleet
        #expect(catalog.applicationNames.count == Self.count)
        #expect(catalog.apply(["7.yaml": Sample.application("a7", version: "2")]).names == ["a7"])
        #expect(catalog.apply(["7.yaml": "# a remark\n" + Sample.application("a7", version: "2")]).names == [])
        #expect(catalog.apply(["0.yaml": Sample.application("a0", version: "2")]).names == ["a0"])
        #expect(catalog.apply(["g.yaml": Sample.gate("g", count: 2)]).names.count == 10)
        #expect(catalog.apply(["s.yaml": "\n" + Sample.strategy("s", gates: "g")]).names == [])
        #expect(catalog.apply(["s.yaml": Sample.strategy("s", gates: "g", surge: 50)]).names.count == 10)
        let removed = catalog.apply(["0.yaml": nil])
        #expect(removed.gone == ["a0"])
        #expect(removed.held.keys.sorted() == ["a200", "a201", "a202"])
        #expect(removed.declared.isEmpty)
        #expect(catalog.apply(["0.yaml": Sample.application("a0")]).names == ["a0", "a200", "a201", "a202"])
        #expect(catalog.apply(["t.yaml": Sample.topic("t")]).names == [])
    }

    @Test func partitionsConcernWhoDividesByThem() throws {
        func worker(_ name: String, _ exclusive: Bool) -> String {
            let subscription = "{topic: t, subscription: s, exclusive: \(exclusive)}"
            let worker = "{name: worker, kind: consumer, run: {simulated: {}}, subscriptions: [\(subscription)]}"
            return Sample.document(
                "Application", name, "version: \"1\", components: [\(worker)], contract: {accepts: {t: [v1]}}")
        }
        var catalog = Catalog([
            "t.yaml": Sample.topic("t", partitions: 4), "a.yaml": worker("a", true), "b.yaml": worker("b", false),
        ])
        #expect(try #require(catalog.declared("a")).partitions == ["worker": 4])
        #expect(try #require(catalog.declared("b")).partitions == [:])
        let change = catalog.apply(["t.yaml": Sample.topic("t", partitions: 2)])
        #expect(change.declared.map(\.application.name) == ["a"])
        #expect(change.declared.first?.partitions == ["worker": 2])
    }

    @Test func aLongChainOfDependenciesIsHeldAndReleased() {
        var files: [String: String?] = [:]
        for number in 0..<Self.count {
            files["\(number).yaml"] = Sample.application("a\(number)", "dependsOn: [a\(number + 1)]")
        }
        var catalog = Catalog()
        #expect(catalog.apply(files).held.count == Self.count)
        let last = "a\(Self.count)"
        #expect(catalog.apply(["last.yaml": Sample.application(last)]).declared.count == Self.count + 1)
        let circle = catalog.apply(["last.yaml": Sample.application(last, "dependsOn: [a0]")])
        #expect(circle.held.count == Self.count + 1)
        #expect(catalog.findings.count == 1)
        #expect(catalog.apply(["last.yaml": Sample.application(last)]).declared.count == Self.count + 1)
    }
}
