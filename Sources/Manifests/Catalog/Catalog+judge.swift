internal import Core

/// What is wrong with an object.
struct Judgement {
    /// What is wrong between it and others, where it stands.
    var findings: [CrossFinding] = []
    /// Why it is not valid: something of its own, or what is wrong with an object that it refers to.
    var problem: Finding?
}

extension Catalog {
    func judge(_ id: NodeID) -> Judgement {
        let places = nodes[Int(id)].places
        guard let place = places.first else { return Judgement() }
        if places.only == nil { return duplicate(id, at: places.all) }
        guard let document = place.document else { return Judgement(problem: place.cause) }
        var judging = Judging(file: place.file)
        if !cycles.isEmpty { judging.cycle = cycles[id]?.finding }
        for reference in document.references { judge(reference, of: document, &judging) }
        return judging.judgement
    }

    /// Places of one name that are told of: whoever mends them finds the rest with the next look.
    private static var duplicatesNamed: Int { 20 }

    private func duplicate(_ id: NodeID, at places: [CatalogPlace]) -> Judgement {
        let node = nodes[Int(id)]
        let more = places.count > Self.duplicatesNamed ? ", and in \(places.count - 2) more places" : ""
        let findings = places.prefix(Self.duplicatesNamed).enumerated().map { position, place in
            let other = places[position == 0 ? 1 : 0]
            let message = "the \(node.kind.rawValue) \"\(node.name)\" is declared here and at \(other.words)\(more)"
            return CrossFinding(
                finding: Finding(path: place.path, mark: place.mark, code: .duplicateName, message: message))
        }
        return Judgement(findings: findings, problem: findings.first?.finding)
    }

    private func judge(_ reference: CatalogReference, of document: CatalogDocument, _ judging: inout Judging) {
        switch reference.target {
        case .strategy, .gate, .dependency, .topic: refer(reference, &judging)
        case .accepts, .publishes:
            guard case .application(let declared) = document.object else { return }
            let contract = declared.application.release.contract
            let topics = reference.target == .accepts ? contract.accepts : contract.publishes
            refer(to: topics[nodes[Int(reference.node)].name] ?? [], reference, &judging)
        case .until:
            guard case .application(let declared) = document.object, let name = declared.application.until,
                let stages = strategy(of: declared.application, document.references)?.stages.map(\.name),
                !stages.contains(name)
            else { return }
            judging.add(
                .unknownStage, at: reference.mark, "the strategy has no stage \"\(name)\"",
                suggestion: Suggestion.nearest(to: name, among: stages))
        case .renamedFrom:
            guard isDeclared(reference.node) else { return }
            let name = nodes[Int(reference.node)].name
            judging.add(
                .renamedFromDeclared, at: reference.mark,
                "the application \"\(name)\" is still declared; renamed long since, it needs no renamedFrom")
        }
    }

    private func refer(_ reference: CatalogReference, _ judging: inout Judging) {
        if !isDeclared(reference.node) {
            let key = nodes[Int(reference.node)].key
            judging.add(
                .unknownReference, at: reference.mark, "there is no \(key.kind.rawValue) \"\(key.name)\"", missing: key)
        } else if judging.inherited == nil {
            judging.inherited = problem(of: reference.node)
        }
    }

    private func refer(
        to schemas: [String], _ reference: CatalogReference, _ judging: inout Judging
    ) {
        refer(reference, &judging)
        guard case .topic(let topic)? = object(reference.node) else { return }
        for schema in schemas where !topic.schemas.contains(schema) {
            judging.add(
                .unknownSchema, at: reference.mark, "the topic \"\(topic.name)\" has no schema \"\(schema)\"",
                suggestion: Suggestion.nearest(to: schema, among: topic.schemas))
        }
    }
}

private struct Judging {
    let file: CatalogFile
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
        let finding = Finding(path: file.path, mark: mark, code: code, message: message, suggestion: suggestion)
        findings.append(CrossFinding(finding: finding, missing: missing))
    }
}
