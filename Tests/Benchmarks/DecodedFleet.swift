import CYAML
import Core
import Git
import Manifests
import Synchronization

/// What a revision declares, decoded and with its references resolved.
struct DecodedFleet: Sendable {
    var applications: [ApplicationName: DeclaredApplication] = [:]
    var strategies: [String: Strategy] = [:]
    var gates: [String: Gate] = [:]
    /// Bytes of all files.
    var size = 0
    var files = 0
    var findings = 0
    var firstFinding: String?

    /// Decodes every manifest of a commit.
    static func load(_ mirror: Mirror, _ commit: ObjectID) async throws -> DecodedFleet {
        let fleet = Mutex(DecodedFleet())
        try await mirror.forEachBlob(in: commit, limit: 1 << 20) { change, bytes in
            guard case .success(let buffer) = bytes else { return }
            let file = ManifestDecoder.decode(bytes: buffer, path: change.path)
            fleet.withLock {
                $0.size += buffer.count
                $0.take(file)
            }
        }
        return fleet.withLock { $0 }
    }

    mutating func take(_ file: ManifestFile) {
        files += 1
        findings += file.findings.count
        if firstFinding == nil, let finding = file.findings.first { firstFinding = "\(finding)" }
        for document in file.documents {
            switch document.value {
            case .application(let application): applications[document.name] = application
            case .strategy(let strategy): strategies[document.name] = strategy.strategy
            case .gate(let gate): gates[document.name] = gate
            case .topic, .namespace: break
            }
        }
    }

    /// Takes what the applications of a generated fleet share.
    mutating func takeShared() throws {
        for (path, text) in FleetRepository.shared {
            take(ManifestDecoder.decode(bytes: Array(text.utf8), path: path))
        }
        guard findings == 0 else { throw Program.Failure(description: firstFinding ?? "") }
    }

    func declaration(of declared: DeclaredApplication, at revision: Revision) -> Declaration? {
        let strategy: Strategy?
        switch declared.application.strategy {
        case .standard: strategy = .standard
        case .named(let name): strategy = strategies[name]
        case .inline(let own): strategy = own
        }
        guard let strategy else { return nil }
        let named = Set(strategy.stages.flatMap(\.gates))
        return Declaration(
            application: declared.application, strategy: strategy, gates: gates.filter { named.contains($0.key) },
            revision: revision, introduced: revision)
    }

    /// Everything, as after a start.
    func change(at revision: Revision) -> FleetChange {
        let declared = applications.sorted { $0.key < $1.key }.compactMap { declaration(of: $0.value, at: revision) }
        return FleetChange(revision: revision, isComplete: true, declared: declared, isFull: true)
    }
}

/// libyaml alone: what reading the same bytes costs at least.
enum BareParse {
    /// Events in `bytes`.
    static func events(in bytes: UnsafeRawBufferPointer) -> Int {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return 0 }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        var count = 0
        var event = yaml_event_t()
        while yaml_parser_parse(&parser, &event) == 1 {
            count += 1
            let isEnd = event.type == YAML_STREAM_END_EVENT
            yaml_event_delete(&event)
            if isEnd { break }
        }
        return count
    }
}
