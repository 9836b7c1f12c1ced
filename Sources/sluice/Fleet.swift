import Core
import Manifests

/// What a working tree or a revision declares, read once, and everything that is wrong with it.
struct Fleet {
    /// The commit that it was read from; nil for a working tree.
    var revision: Revision?
    /// What people call it: `3f2a9c1`, `the working tree`.
    var label: String
    /// Those without error, by name.
    var applications: [ApplicationName: CatalogEntry] = [:]
    /// All that are declared, with errors or without.
    var named: Set<ApplicationName> = []
    var findings: [Finding] = []
    /// Gates and namespaces without error, sorted by place.
    var gates: [PlacedObject<Gate>] = []
    var namespaces: [PlacedObject<Namespace>] = []
    /// Why a replay that a gate names cannot be sent, by its path.
    var replayProblems: [String: String] = [:]
    /// Documents without error, by kind.
    var counts: [Kind: Int] = [:]
    /// Documents of another `apiVersion`.
    var skipped = 0
    /// YAML files looked at.
    var files = 0
    /// Those among them that are somebody else's, and are not parsed.
    var others = 0
    /// Bytes of files with findings, for showing the line that a finding is about.
    var sources: [String: [UInt8]] = [:]

    init(revision: Revision?, label: String) {
        self.revision = revision
        self.label = label
    }

    var errors: Int { findings.count { $0.severity == .error } }
    /// Errors of what is declared, and not of what it meets when it is carried out.
    var declarationErrors: [Finding] {
        findings.filter { $0.severity == .error && $0.code != .missingFile && $0.code != .quotaExceeded }
    }
    var warnings: Int { findings.count { $0.severity == .warning } }
}
