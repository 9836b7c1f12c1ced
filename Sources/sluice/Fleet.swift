import Core
import Manifests

/// What a working tree or a revision declares, read once, and everything that is wrong with it.
struct Fleet {
    /// The commit that it was read from; nil for a working tree.
    var revision: Revision?
    /// What people call it: `3f2a9c1`, `the working tree`.
    var label: String
    /// By name; the first of two that share one.
    var applications: [ApplicationName: Declared] = [:]
    var strategies: [String: Strategy] = [:]
    var gates: [String: Gate] = [:]
    var findings: [Finding] = []
    /// Documents without error, by kind.
    var counts: [Kind: Int] = [:]
    /// Documents of another `apiVersion`.
    var skipped = 0
    /// YAML files read.
    var files = 0
    /// Bytes of files with findings, for showing the line that a finding is about.
    var sources: [String: [UInt8]] = [:]

    struct Declared {
        var application: Application
        /// From the root of the repository, or of the folder that was read.
        var path: String
    }

    init(revision: Revision?, label: String) {
        self.revision = revision
        self.label = label
    }

    var errors: Int { findings.count { $0.severity == .error } }
    var warnings: Int { findings.count { $0.severity == .warning } }
}

extension Fleet {
    /// An application's strategy with its reference resolved; nil where there is no such strategy.
    func strategy(of application: Application) -> Strategy? {
        switch application.strategy {
        case .standard: .standard
        case .inline(let strategy): strategy
        case .named(let name): strategies[name]
        }
    }

    /// The gates that a strategy names.
    func gates(of strategy: Strategy) -> [String: Gate] {
        let names = Set(strategy.stages.flatMap(\.gates))
        return gates.filter { names.contains($0.key) }
    }
}
