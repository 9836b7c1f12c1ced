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
        var members: [ApplicationName]
        var finding: Finding
    }

    var files: [String: ManifestFile] = [:]
    /// Declarations with and without errors, sorted.
    var places: [CatalogKey: [CatalogPlace]] = [:]
    /// Who refers to an object, whether it exists or not.
    var users: [CatalogKey: Set<CatalogKey>] = [:]
    /// Broken documents of no known kind, by name.
    var unknownKinds: [String: [CatalogPlace]] = [:]
    /// Others' documents that may be meant for Sluice, by name.
    var skippedNames: [String: [CatalogPlace]] = [:]
    /// Why an object is not valid.
    var problems: [CatalogKey: Finding] = [:]
    var crossFindings: [CatalogKey: [CrossFinding]] = [:]
    var cycles: [ApplicationName: Cycle] = [:]
    var absentees: [ApplicationName: Absentee] = [:]
    var pathsWithFindings: Set<String> = []
    var incompletePaths: Set<String> = []
    package private(set) var counts = CatalogCounts()

    package init() {}

    /// - Parameter known: Applications that run. Those that the manifests turn out not to declare are reported by the
    ///   first update, as held or gone.
    package init(known: some Sequence<ApplicationName>) {
        for name in known { absentees[name] = Absentee() }
    }

    /// Every file was read to its end and every document in it decoded: what is missing may be pruned, unless
    /// ``hold(of:)`` gives a reason.
    package var isComplete: Bool { incompletePaths.isEmpty }

    /// Applications that are declared, valid or not, and those that are missing but held; sorted.
    package var applicationNames: [ApplicationName] {
        let declared = places.keys.lazy.filter { $0.kind == .application }.map(\.name)
        return (Array(declared) + absentees.keys).sorted()
    }

    /// The file that declares an application, or did so before it was held.
    package func path(of name: ApplicationName) -> String? {
        places[CatalogKey(kind: .application, name: name)]?.first?.path ?? absentees[name]?.path
    }

    /// Why an application's last good state stays; nil where it is valid or gone.
    package func hold(of name: ApplicationName) -> Finding? {
        problems[CatalogKey(kind: .application, name: name)] ?? absentees[name]?.finding
    }

    /// What a valid application declares.
    package func declared(_ name: ApplicationName) -> CatalogEntry? {
        let key = CatalogKey(kind: .application, name: name)
        guard problems[key] == nil, let place = places[key]?.first,
            case .application(let declared)? = object(at: place),
            let strategy = strategy(of: declared.application)
        else { return nil }
        var gates: [String: Gate] = [:]
        for gate in strategy.stages.lazy.flatMap(\.gates) where gates[gate] == nil {
            if case .gate(let value)? = object(CatalogKey(kind: .gate, name: gate)) { gates[gate] = value }
        }
        return CatalogEntry(application: declared.application, strategy: strategy, gates: gates, path: place.path)
    }

    /// Of decoding and between documents, sorted by file and place.
    package var findings: [Finding] {
        var result: [Finding] = pathsWithFindings.flatMap { files[$0]?.findings ?? [] }
        result += absentees.values.lazy.compactMap(\.finding).filter { $0.code == .skippedDocument }
        result += Set(cycles.values.lazy.map(\.finding))
        var suggestions = Suggestions(places: places)
        for cross in crossFindings.values.lazy.joined() {
            var finding = cross.finding
            if let missing = cross.missing { finding.suggestion = suggestions.suggestion(for: missing) }
            result.append(finding)
        }
        return result.sorted()
    }
}

// MARK: Files

extension Catalog {
    mutating func insert(_ file: ManifestFile, at path: String) {
        files[path] = file.compact
        counts.add(file, times: 1)
        if !file.findings.isEmpty { pathsWithFindings.insert(path) }
        if !file.isComplete { incompletePaths.insert(path) }
        for (position, document) in file.documents.enumerated() {
            let key = CatalogKey(kind: document.kind, name: document.name)
            add(CatalogPlace(path: path, mark: document.mark, position: position), to: &places[key, default: []])
        }
        for broken in file.broken {
            guard let name = broken.name else { continue }
            let place = CatalogPlace(path: path, mark: broken.mark)
            if let kind = broken.kind {
                add(place, to: &places[CatalogKey(kind: kind, name: name), default: []])
            } else {
                add(place, to: &unknownKinds[name, default: []])
            }
        }
        for skipped in file.skippedNames {
            add(CatalogPlace(path: path, mark: skipped.mark), to: &skippedNames[skipped.name, default: []])
        }
    }

    mutating func remove(_ path: String) {
        guard let file = files.removeValue(forKey: path) else { return }
        counts.add(file, times: -1)
        pathsWithFindings.remove(path)
        incompletePaths.remove(path)
        for key in file.keys { drop(path, from: &places[key]) }
        for broken in file.broken where broken.kind == nil {
            if let name = broken.name { drop(path, from: &unknownKinds[name]) }
        }
        for skipped in file.skippedNames { drop(path, from: &skippedNames[skipped.name]) }
    }

    private func add(_ place: CatalogPlace, to list: inout [CatalogPlace]) {
        var position = list.count
        while position > 0, place < list[position - 1] { position -= 1 }
        list.insert(place, at: position)
    }

    private func drop(_ path: String, from list: inout [CatalogPlace]?) {
        list?.removeAll { $0.path == path }
        if list?.isEmpty == true { list = nil }
    }
}

// MARK: Objects

extension Catalog {
    func object(at place: CatalogPlace) -> Object? {
        guard let position = place.position, let file = files[place.path] else { return nil }
        return file.documents[position].value
    }

    /// The one declaration of a name; nil where there is none, or there are several.
    func object(_ key: CatalogKey) -> Object? {
        guard let places = places[key], places.count == 1, let place = places.first else { return nil }
        return object(at: place)
    }

    func isDeclared(_ key: CatalogKey) -> Bool { places[key] != nil }

    func strategy(of application: Application) -> Strategy? {
        switch application.strategy {
        case .standard: return .standard
        case .inline(let strategy): return strategy
        case .named(let name):
            guard case .strategy(let declared)? = object(CatalogKey(kind: .strategy, name: name)) else { return nil }
            return declared.strategy
        }
    }

    /// What an object refers to, in any of its declarations; some perhaps more than once.
    func targets(of key: CatalogKey) -> [CatalogKey] {
        var targets: [CatalogKey] = []
        for place in places[key] ?? [] {
            switch object(at: place) {
            case .application(let declared): targets += declared.references.lazy.compactMap(\.key)
            case .strategy(let declared): targets += declared.gates.lazy.map { CatalogKey(kind: .gate, name: $0.value) }
            case .gate, .topic, .namespace, nil: break
            }
        }
        return targets
    }

    /// What was found wrong in a broken document.
    func cause(at place: CatalogPlace) -> Finding {
        let findings = (files[place.path]?.findings ?? []).filter { $0.severity == .error }
        return findings.first { $0.mark >= place.mark } ?? findings.last
            ?? Finding(path: place.path, mark: place.mark, code: .syntax, message: "this document has errors")
    }
}

/// Finds what was meant by names of objects that do not exist.
private struct Suggestions {
    let places: [CatalogKey: [CatalogPlace]]
    private var names: [Kind: [String]]?
    private var found: [CatalogKey: String?] = [:]
    /// Comparing names is slow; nobody reads more.
    private var left = 100

    init(places: [CatalogKey: [CatalogPlace]]) { self.places = places }

    mutating func suggestion(for key: CatalogKey) -> String? {
        if let known = found[key] { return known }
        guard left > 0 else { return nil }
        left -= 1
        let names = names ?? Dictionary(grouping: places.keys, by: \.kind).mapValues { $0.map(\.name).sorted() }
        self.names = names
        let suggestion = Suggestion.nearest(to: key.name, among: names[key.kind] ?? [])
        found[key] = .some(suggestion)
        return suggestion
    }
}
