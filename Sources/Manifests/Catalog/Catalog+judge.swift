internal import Core

/// What is wrong with an object.
struct Judgement {
    /// What is wrong between it and others, where it stands.
    var findings: [CrossFinding] = []
    /// Why it is not valid: something of its own, or what is wrong with an object that it refers to.
    var problem: Finding?
}

extension Catalog {
    func judge(_ key: CatalogKey) -> Judgement {
        guard let places = places[key], let place = places.first else { return Judgement() }
        if places.count > 1 { return duplicate(key, at: places) }
        guard let object = object(at: place) else { return Judgement(problem: cause(at: place)) }
        switch object {
        case .gate, .topic, .namespace: return Judgement()
        case .strategy(let declared):
            var judging = Judging(catalog: self, path: place.path)
            for gate in declared.gates { judging.refer(to: CatalogKey(kind: .gate, name: gate.value), at: gate.mark) }
            return judging.judgement
        case .application(let declared):
            var judging = Judging(catalog: self, path: place.path)
            judging.cycle = cycles[key.name]?.finding
            for reference in declared.references { judging.judge(reference, of: declared.application) }
            return judging.judgement
        }
    }

    private func duplicate(_ key: CatalogKey, at places: [CatalogPlace]) -> Judgement {
        let findings = places.enumerated().map { position, place in
            let other = places[position == 0 ? 1 : 0]
            let message = "the \(key.kind.rawValue) \"\(key.name)\" is declared here and at \(other.words)"
            return CrossFinding(
                finding: Finding(path: place.path, mark: place.mark, code: .duplicateName, message: message))
        }
        return Judgement(findings: findings, problem: findings.first?.finding)
    }
}

private struct Judging {
    let catalog: Catalog
    let path: String
    var findings: [CrossFinding] = []
    /// Stands among the findings already.
    var cycle: Finding?
    /// The first that is wrong with what is referred to.
    var inherited: Finding?

    var judgement: Judgement {
        Judgement(findings: findings, problem: findings.first?.finding ?? cycle ?? inherited)
    }

    mutating func refer(to key: CatalogKey, at mark: Mark) {
        if !catalog.isDeclared(key) {
            add(.unknownReference, at: mark, "there is no \(key.kind.rawValue) \"\(key.name)\"", missing: key)
        } else if inherited == nil {
            inherited = catalog.problems[key]
        }
    }

    mutating func judge(_ reference: DeclaredApplication.Reference, of application: Application) {
        let name = reference.name
        switch reference.target {
        case .strategy, .gate, .dependency, .topic:
            if let key = reference.key { refer(to: key, at: reference.mark) }
        case .accepts:
            refer(toSchemas: application.release.contract.accepts[name] ?? [], reference)
        case .publishes:
            refer(toSchemas: application.release.contract.publishes[name] ?? [], reference)
        case .until:
            guard let stages = catalog.strategy(of: application)?.stages.map(\.name), !stages.contains(name) else {
                return
            }
            add(
                .unknownStage, at: reference.mark, "the strategy has no stage \"\(name)\"",
                suggestion: Suggestion.nearest(to: name, among: stages))
        case .renamedFrom:
            guard catalog.isDeclared(CatalogKey(kind: .application, name: name)) else { return }
            add(.renamedFromDeclared, at: reference.mark, "the application \"\(name)\" is still declared")
        }
    }

    private mutating func refer(toSchemas schemas: [String], _ reference: DeclaredApplication.Reference) {
        let key = CatalogKey(kind: .topic, name: reference.name)
        refer(to: key, at: reference.mark)
        guard case .topic(let topic)? = catalog.object(key) else { return }
        for schema in schemas where !topic.schemas.contains(schema) {
            add(
                .unknownSchema, at: reference.mark, "the topic \"\(topic.name)\" has no schema \"\(schema)\"",
                suggestion: Suggestion.nearest(to: schema, among: topic.schemas))
        }
    }

    private mutating func add(
        _ code: Finding.Code, at mark: Mark, _ message: String, missing: CatalogKey? = nil, suggestion: String? = nil
    ) {
        let finding = Finding(path: path, mark: mark, code: code, message: message, suggestion: suggestion)
        findings.append(CrossFinding(finding: finding, missing: missing))
    }
}
