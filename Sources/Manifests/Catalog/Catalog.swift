package import Core

/// Everything that a repository of manifests declares, kept up file by file.
///
/// A change costs as much as the objects in the changed files and their users, however many others there are.
/// Given the same files, a catalog holds the same, in whichever order they came; only for an application that is no
/// longer declared does it remember that there was one.
package struct Catalog: Sendable {
    /// Where an application was that is not declared any more, but may still be meant to be.
    struct Absentee: Sendable {
        /// Nil where it was known from the beginning.
        var path: String?
        var finding: Finding?
    }

    /// A set of applications that depend on each other in a circle.
    struct Cycle: Hashable, Sendable {
        /// Sorted by name.
        var members: [NodeID]
        var finding: Finding
    }

    var files: [String: CatalogFile] = [:]
    /// All names that are declared or referred to, and places of such that no longer are.
    var nodes: [CatalogNode] = []
    var freeNodes: [NodeID] = []
    var ids: [CatalogKey: NodeID] = [:]
    /// Nodes of namespaces, and such as once were.
    var namespaceNodes: Set<NodeID> = []
    /// Those that a strategy names, so that its users share them.
    var gates: [NodeID: [String: Gate]] = [:]
    /// Broken documents of no known kind, by name.
    var unknownKinds: [String: CatalogPlaces] = [:]
    /// Others' documents that may be meant for Sluice, by name.
    var skippedNames: [String: CatalogPlaces] = [:]
    /// Why an object is not valid.
    var problems: [NodeID: Finding] = [:]
    var crossFindings: [NodeID: [CrossFinding]] = [:]
    var cycles: [NodeID: Cycle] = [:]
    var absentees: [ApplicationName: Absentee] = [:]
    var pathsWithFindings: Set<String> = []
    var incompletePaths: Set<String> = []
    /// What cannot be looked into: whatever is missing may stand there.
    var hiddenPaths: Set<String> = []
    /// Links and other repositories.
    var leadingElsewhere: Set<String> = []
    package internal(set) var counts = CatalogCounts()
    var sharing = ReleaseSharing()

    package init() {}

    /// - Parameter known: Applications that run. Those that the manifests turn out not to declare are reported by the
    ///   first update, as held or gone.
    package init(known: some Sequence<ApplicationName>) {
        for name in known { absentees[name] = Absentee() }
    }

    /// Every file was read to its end, every document in it decoded, and nothing refers to what there is not: what is
    /// missing may be pruned, unless ``hold(of:)`` gives a reason.
    package var isComplete: Bool { incompletePaths.isEmpty && problems.isEmpty }

    /// The first reason for which it is not complete; nil where it is.
    package var obstacle: Finding? {
        let unread = incompletePaths.min().flatMap { path in
            files[path].map { file in
                file.findings.first { $0.severity == .error }
                    ?? Finding(path: path, mark: .start, code: .syntax, message: "this file could not be read")
            }
        }
        return unread ?? problems.values.min()
    }

    /// Whether any application is declared, valid or not.
    package var declaresApplications: Bool { nodes.contains { $0.kind == .application && !$0.places.isEmpty } }

    /// Where what is missing and held was declared, sorted.
    package var pathsOfMissing: [String] { Set(absentees.values.lazy.compactMap(\.path)).sorted() }

    /// Whether something is known of a path.
    package func knows(_ path: String) -> Bool { files[path] != nil }

    /// Whether what stands at a path was passed over by `.sluiceignore`.
    package func isPassedOver(_ path: String) -> Bool { files[path]?.reading == .ignored }

    /// Whether an application is not declared and was, where `.sluiceignore` passes over now.
    package func isPassedOver(name: ApplicationName) -> Bool { absentees[name]?.finding?.code == .ignored }

    /// The paths of what is known, unsorted.
    package var paths: some Collection<String> { files.keys }

    /// Applications that are declared, valid or not, and those that are missing but held; sorted.
    package var applicationNames: [ApplicationName] {
        var names = nodes.lazy.filter { $0.kind == .application && !$0.places.isEmpty }.map(\.name) + absentees.keys
        names.sort()
        return names
    }

    /// The file that declares an application, or did so before it was held.
    package func path(of name: ApplicationName) -> String? {
        application(name)?.places.first?.path ?? absentees[name]?.path
    }

    /// Why an application's last good state stays; nil where it is valid or gone.
    package func hold(of name: ApplicationName) -> Finding? {
        let key = CatalogKey(kind: .application, name: name)
        return (problems.isEmpty ? nil : ids[key].flatMap { problems[$0] }) ?? absentees[name]?.finding
    }

    /// What a valid application declares.
    package func declared(_ name: ApplicationName) -> CatalogEntry? {
        ids[CatalogKey(kind: .application, name: name)].flatMap { entry(of: $0) }
    }

    /// What a valid application declares.
    func entry(of id: NodeID) -> CatalogEntry? {
        guard problem(of: id) == nil, let place = nodes[Int(id)].places.first, let document = place.document,
            case .application(let declared) = document.object
        else { return nil }
        let application = declared.application
        guard let strategy = strategy(of: application, document.references) else { return nil }
        var gates: [String: Gate] = [:]
        switch application.strategy {
        case .standard: break
        case .inline: gates = self.gates(named: document.references)
        case .named:
            let reference = document.references.first { $0.target == .strategy }
            gates = reference.flatMap { self.gates[$0.node] } ?? [:]
        }
        return CatalogEntry(
            application: application, strategy: strategy, gates: gates,
            partitions: partitions(of: application, document.references), path: place.path)
    }

    /// Of decoding and between documents, sorted by file and place.
    package var findings: [Finding] {
        var result: [Finding] = pathsWithFindings.flatMap { files[$0]?.findings ?? [] }
        // Those of files stand among them already.
        let between: Set<Finding.Code> = [.skippedDocument, .ignored, .notFollowed]
        result += absentees.values.lazy.compactMap(\.finding).filter { between.contains($0.code) }
        result += Set(cycles.values.lazy.map(\.finding))
        var suggestions = Suggestions(nodes: nodes)
        for cross in crossFindings.values.lazy.joined() {
            var finding = cross.finding
            if let missing = cross.missing { finding.suggestion = suggestions.suggestion(for: missing) }
            result.append(finding)
        }
        return Set(result).sorted()
    }
}

// MARK: Objects

extension Catalog {
    private func application(_ name: ApplicationName) -> CatalogNode? {
        ids[CatalogKey(kind: .application, name: name)].map { nodes[Int($0)] }
    }

    func isDeclared(_ id: NodeID) -> Bool { !nodes[Int(id)].places.isEmpty }

    /// Whether an application is declared, valid or not.
    package func isDeclared(_ name: ApplicationName) -> Bool { application(name)?.places.isEmpty == false }

    func problem(of id: NodeID) -> Finding? { problems.isEmpty ? nil : problems[id] }

    /// The one declaration of a name; nil where there is none, or there are several.
    func object(_ id: NodeID) -> Object? { nodes[Int(id)].places.only?.document?.object }

    func strategy(of application: Application, _ references: [CatalogReference]) -> Strategy? {
        switch application.strategy {
        case .standard: return .standard
        case .inline(let strategy): return strategy
        case .named:
            guard let reference = references.first(where: { $0.target == .strategy }),
                case .strategy(let declared)? = object(reference.node)
            else { return nil }
            return declared.strategy
        }
    }

    /// By component with exclusive subscriptions, the fewest partitions of their topics.
    private func partitions(of application: Application, _ references: [CatalogReference]) -> [String: Int] {
        var partitions: [String: Int] = [:]
        for component in application.release.components {
            for subscription in component.subscriptions where subscription.exclusive {
                let reference = references.first {
                    $0.target == .topic && nodes[Int($0.node)].name == subscription.topic
                }
                guard let reference, case .topic(let topic)? = object(reference.node) else { continue }
                partitions[component.name] = min(partitions[component.name] ?? .max, topic.partitions)
            }
        }
        return partitions
    }

    /// The gates among what is referred to.
    func gates(named references: [CatalogReference]) -> [String: Gate] {
        var gates: [String: Gate] = [:]
        for reference in references where reference.target == .gate {
            if case .gate(let gate)? = object(reference.node) { gates[nodes[Int(reference.node)].name] = gate }
        }
        return gates
    }
}

/// Finds what was meant by names of objects that do not exist.
private struct Suggestions {
    let nodes: [CatalogNode]
    private var names: [Kind: [String]]?
    private var found: [CatalogKey: String?] = [:]
    /// Comparing names is slow; nobody reads more.
    private var left = 100

    init(nodes: [CatalogNode]) { self.nodes = nodes }

    mutating func suggestion(for key: CatalogKey) -> String? {
        if let known = found[key] { return known }
        guard left > 0 else { return nil }
        left -= 1
        let declared = nodes.lazy.filter { !$0.places.isEmpty }
        let names = names ?? Dictionary(grouping: declared, by: \.kind).mapValues { $0.map(\.name).sorted() }
        self.names = names
        let suggestion = Suggestion.nearest(to: key.name, among: names[key.kind] ?? [])
        found[key] = .some(suggestion)
        return suggestion
    }
}
