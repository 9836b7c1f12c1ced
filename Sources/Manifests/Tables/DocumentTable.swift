internal import Core

struct DocumentDraft {
    var name: Marked<String>?
    var renamedFrom: Marked<String>?
    var object: Object?
}

extension Table<DocumentDraft> {
    /// The fields of a document of a kind.
    static func document(of kind: Kind) -> Table { kind.table }

    fileprivate init<Value>(
        _ kind: Kind, metadata: Form<DocumentDraft>, spec: Form<Value>, _ summary: String,
        optional: (@Sendable () -> Value)? = nil, object: @escaping @Sendable (Value) -> Object
    ) {
        self.init(
            kind.rawValue, summary,
            [
                Field("apiVersion", .constant("sluice.dev/v1"), "`sluice.dev/v1`.", required: true) { _, _ in },
                Field("kind", .constant(kind.rawValue), "`\(kind.rawValue)`.", required: true) { _, _ in },
                Field("metadata", metadata, "What it is called.", required: true) {
                    $0.name = $1.name
                    $0.renamedFrom = $1.renamedFrom
                },
                Field("spec", spec, "What it declares.", required: optional == nil) { $0.object = object($1) },
            ])
    }

    fileprivate static let application = Table(
        .application, metadata: applicationMetadata, spec: Form<DeclaredApplication>.application,
        "The unit of release: components that ship as one version."
    ) { .application($0) }

    fileprivate static let strategy = Table(
        .strategy, metadata: metadata, spec: Form<DeclaredStrategy>.strategy,
        "How a new version arrives, for all applications that name it."
    ) { .strategy($0) }

    fileprivate static let gate = Table(
        .gate, metadata: metadata, spec: Form<Gate>.gate, "A check that must pass for a rollout to go on."
    ) { .gate($0) }

    fileprivate static let topic = Table(
        .topic, metadata: metadata, spec: Form<Topic>.topic, "A message channel and the versions of its message format."
    ) { .topic($0) }

    fileprivate static let namespace = Table(
        .namespace, metadata: metadata, spec: Form<Namespace>.namespace,
        "A side's platform and quota. A namespace that is not declared has no quota."
    ) { .namespace($0) }

    private static let name = Field<DocumentDraft>(
        "name", Form<String>.name.marked, "A DNS label, unique among its kind.", required: true
    ) { $0.name = $1 }

    private static let metadata = Table("metadata", "What it is called.", [name]).form { DocumentDraft() }

    private static let applicationMetadata = Table(
        "applicationMetadata", "What the application is called, and was called before.",
        [
            name,
            Field(
                "renamedFrom", Form<String>.name.marked,
                "The name that it ran under before; what runs under it is adopted."
            ) { $0.renamedFrom = $1 },
        ]
    ).form { DocumentDraft() }
}

extension Kind {
    fileprivate var table: Table<DocumentDraft> {
        switch self {
        case .application: .application
        case .strategy: .strategy
        case .gate: .gate
        case .topic: .topic
        case .namespace: .namespace
        }
    }
}

extension Form where Value == Bool {
    /// Exactly this text.
    fileprivate static func constant(_ text: String) -> Form {
        Form(.constant(text)) { reader throws(Stop) in
            // The document's header was read to choose the table: this is it.
            try reader.skip()
            return true
        }
    }
}
