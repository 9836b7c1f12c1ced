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
        var judging = Judging(path: place.path)
        switch object {
        case .gate, .topic, .namespace: break
        case .strategy(let declared):
            for gate in declared.gates {
                refer(to: CatalogKey(kind: .gate, name: gate.value), at: gate.mark, &judging)
            }
        case .application(let declared):
            judging.cycle = cycles[key.name]?.finding
            for reference in declared.references { judge(reference, of: declared.application, &judging) }
        }
        return judging.judgement
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

    private func refer(to key: CatalogKey, at mark: Mark, _ judging: inout Judging) {
        if !isDeclared(key) {
            judging.add(.unknownReference, at: mark, "there is no \(key.kind.rawValue) \"\(key.name)\"", missing: key)
        } else if judging.inherited == nil {
            judging.inherited = problems[key]
        }
    }

    private func judge(
        _ reference: DeclaredApplication.Reference, of application: Application, _ judging: inout Judging
    ) {
        let name = reference.name
        switch reference.target {
        case .strategy, .gate, .dependency, .topic:
            if let key = reference.key { refer(to: key, at: reference.mark, &judging) }
        case .accepts:
            refer(toSchemas: application.release.contract.accepts[name] ?? [], reference, &judging)
        case .publishes:
            refer(toSchemas: application.release.contract.publishes[name] ?? [], reference, &judging)
        case .until:
            guard let stages = strategy(of: application)?.stages.map(\.name), !stages.contains(name) else {
                return
            }
            judging.add(
                .unknownStage, at: reference.mark, "the strategy has no stage \"\(name)\"",
                suggestion: Suggestion.nearest(to: name, among: stages))
        case .renamedFrom:
            guard isDeclared(CatalogKey(kind: .application, name: name)) else { return }
            judging.add(.renamedFromDeclared, at: reference.mark, "the application \"\(name)\" is still declared")
        }
    }

    private func refer(
        toSchemas schemas: [String], _ reference: DeclaredApplication.Reference, _ judging: inout Judging
    ) {
        let key = CatalogKey(kind: .topic, name: reference.name)
        refer(to: key, at: reference.mark, &judging)
        guard case .topic(let topic)? = object(key) else { return }
        for schema in schemas where !topic.schemas.contains(schema) {
            judging.add(
                .unknownSchema, at: reference.mark, "the topic \"\(topic.name)\" has no schema \"\(schema)\"",
                suggestion: Suggestion.nearest(to: schema, among: topic.schemas))
        }
    }
}

private struct Judging {
    let path: String
    var findings: [CrossFinding] = []
    /// Stands among the findings already.
    var cycle: Finding?
    /// The first that is wrong with what is referred to.
    var inherited: Finding?

    var judgement: Judgement {
        Judgement(findings: findings, problem: findings.first?.finding ?? cycle ?? inherited)
    }

    mutating func add(
        _ code: Finding.Code, at mark: Mark, _ message: String, missing: CatalogKey? = nil, suggestion: String? = nil
    ) {
        let finding = Finding(path: path, mark: mark, code: code, message: message, suggestion: suggestion)
        findings.append(CrossFinding(finding: finding, missing: missing))
    }
}
