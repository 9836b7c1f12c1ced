package import Core
package import Manifests

/// The files of a manifest repository as they were last decoded, and who refers to whom.
///
/// Costs what a change costs: only applications that a changed file names, or that refer to something in it, are
/// looked at again.
package struct FleetIndex: Sendable {
    /// What the head says of one application.
    package enum Verdict: Sendable {
        case declared(Application, Strategy, [String: Gate], path: String)
        /// Present but not valid, with the first finding.
        case held(String)
        case gone
    }

    private struct File: Sendable {
        var names: [Kind: [String]] = [:]
        /// Applications of broken documents.
        var broken: Set<ApplicationName> = []
        var isComplete = true
        var complaint: String?
    }

    private var files: [String: File] = [:]
    private var applications: [ApplicationName: [String: DeclaredApplication]] = [:]
    private var strategies: [String: [String: DeclaredStrategy]] = [:]
    private var gates: [String: [String: Gate]] = [:]
    /// Applications by the strategy, and by the gates, that they refer to.
    private var strategyUsers: [String: Set<ApplicationName>] = [:]
    private var gateUsers: [String: Set<ApplicationName>] = [:]
    private var strategiesOfGate: [String: Set<String>] = [:]
    /// Files of which something is not known.
    private var incomplete: Set<String> = []
    /// Applications that stood in a file that is broken now.
    private var lost: [ApplicationName: String] = [:]

    package init() {}

    /// Whether everything that the head declares is known.
    package var isComplete: Bool { incomplete.isEmpty }

    /// Every application that is declared or was in a file that is broken now.
    package var names: Set<ApplicationName> {
        files.values.reduce(into: Set(applications.keys).union(lost.keys)) { $0.formUnion($1.broken) }
    }

    /// Takes over a file as it is now; nil where it is gone.
    ///
    /// - Returns: the applications that are to be looked at again.
    package mutating func update(_ path: String, to file: ManifestFile?) -> Set<ApplicationName> {
        var affected: Set<ApplicationName> = []
        let before = files[path]
        if let before { remove(path, before, &affected) }
        let old = Set(before?.names[.application] ?? []).union(before?.broken ?? [])
        for name in old { lost[name] = nil }
        guard let file else {
            // What stood in it while it was broken is decided anew.
            for (name, place) in lost where place == path {
                lost[name] = nil
                affected.insert(name)
            }
            return affected
        }
        add(path, file, &affected)
        let isWhole = file.isComplete
        for (name, place) in lost where place == path {
            lost[name] = nil
            affected.insert(name)
            if !isWhole, applications[name] == nil { lost[name] = path }
        }
        if !isWhole {
            for name in old where applications[name] == nil { lost[name] = path }
        }
        return affected
    }

    private mutating func remove(_ path: String, _ file: File, _ affected: inout Set<ApplicationName>) {
        for name in file.names[.application] ?? [] {
            if let declared = applications[name]?[path] { link(declared.application, false) }
            applications[name]?[path] = nil
            if applications[name]?.isEmpty == true { applications[name] = nil }
            affected.insert(name)
        }
        for name in file.names[.strategy] ?? [] {
            for gate in strategies[name]?[path]?.gates ?? [] { strategiesOfGate[gate.value]?.remove(name) }
            strategies[name]?[path] = nil
            affected.formUnion(strategyUsers[name] ?? [])
        }
        for name in file.names[.gate] ?? [] {
            gates[name]?[path] = nil
            affected.formUnion(users(ofGate: name))
        }
        affected.formUnion(file.broken)
        files[path] = nil
        incomplete.remove(path)
    }

    private mutating func add(_ path: String, _ file: ManifestFile, _ affected: inout Set<ApplicationName>) {
        var entry = File()
        for document in file.documents {
            switch document.value {
            case .application(let declared):
                applications[document.name, default: [:]][path] = declared
                link(declared.application, true)
                affected.insert(document.name)
            case .strategy(let strategy):
                strategies[document.name, default: [:]][path] = strategy
                for gate in strategy.gates { strategiesOfGate[gate.value, default: []].insert(document.name) }
                affected.formUnion(strategyUsers[document.name] ?? [])
            case .gate(let gate):
                gates[document.name, default: [:]][path] = gate
                affected.formUnion(users(ofGate: document.name))
            case .topic, .namespace:
                continue
            }
            entry.names[document.kind, default: []].append(document.name)
        }
        entry.broken = Set(file.broken.filter { $0.kind == .application || $0.kind == nil }.compactMap(\.name))
        affected.formUnion(entry.broken)
        entry.isComplete = file.isComplete
        entry.complaint = (file.findings.first { $0.severity == .error })?.description
        if !entry.isComplete { incomplete.insert(path) }
        if !entry.names.isEmpty || !entry.broken.isEmpty || !entry.isComplete { files[path] = entry }
    }

    private func users(ofGate gate: String) -> Set<ApplicationName> {
        (strategiesOfGate[gate] ?? []).reduce(into: gateUsers[gate] ?? []) { $0.formUnion(strategyUsers[$1] ?? []) }
    }

    private mutating func link(_ application: Application, _ isUser: Bool) {
        switch application.strategy {
        case .standard: break
        case .named(let name):
            if isUser {
                strategyUsers[name, default: []].insert(application.name)
            } else {
                strategyUsers[name]?.remove(application.name)
            }
        case .inline(let strategy):
            for gate in strategy.stages.flatMap(\.gates) {
                if isUser {
                    gateUsers[gate, default: []].insert(application.name)
                } else {
                    gateUsers[gate]?.remove(application.name)
                }
            }
        }
    }

    // MARK: Resolving

    /// What the head says of an application.
    package func verdict(on name: ApplicationName) -> Verdict {
        let declared = applications[name] ?? [:]
        if let broken = brokenPlace(of: name) { return .held(broken) }
        guard let (path, found) = declared.first else {
            if let path = lost[name] { return .held(files[path]?.complaint ?? "\(path) cannot be read") }
            return .gone
        }
        if declared.count > 1 {
            return .held("\(name) is declared in \(declared.keys.sorted().joined(separator: " and in "))")
        }
        let application = found.application
        let strategy: Strategy
        switch application.strategy {
        case .standard: strategy = .standard
        case .inline(let given): strategy = given
        case .named(let wanted):
            let candidates = strategies[wanted] ?? [:]
            guard candidates.count == 1, let only = candidates.first else {
                let why = candidates.isEmpty ? "is not declared" : "is declared more than once"
                return .held("\(path): the strategy \(wanted) \(why)")
            }
            strategy = only.value.strategy
        }
        var resolved: [String: Gate] = [:]
        for gate in strategy.stages.flatMap(\.gates) {
            let candidates = gates[gate] ?? [:]
            guard candidates.count == 1, let only = candidates.first else {
                let why = candidates.isEmpty ? "is not declared" : "is declared more than once"
                return .held("\(path): the gate \(gate) \(why)")
            }
            resolved[gate] = only.value
        }
        if let until = application.until, !strategy.stages.contains(where: { $0.name == until }) {
            return .held("\(path): \"until\" names the stage \(until), which its strategy does not have")
        }
        return .declared(application, strategy, resolved, path: path)
    }

    private func brokenPlace(of name: ApplicationName) -> String? {
        for path in incomplete.sorted() where files[path]?.broken.contains(name) == true {
            return files[path]?.complaint ?? "\(path) cannot be read"
        }
        return nil
    }
}
