internal import Core

/// A file as the catalogue holds it: documents whose references are resolved to nodes.
final class CatalogFile: Sendable {
    /// What few files have.
    final class Rest: Sendable {
        let file: ManifestFile

        init(_ file: ManifestFile) { self.file = file }
    }

    let path: String
    /// Those without errors, in order.
    let documents: [CatalogDocument]
    /// The file without its documents; nil where it holds nothing else.
    private let rest: Rest?

    init(_ file: ManifestFile, path: String, documents: [CatalogDocument]) {
        self.path = path
        self.documents = documents
        var left = file
        left.documents = []
        rest = left == ManifestFile() ? nil : Rest(left)
    }

    var findings: [Finding] { rest?.file.findings ?? [] }
    var broken: [BrokenDocument] { rest?.file.broken ?? [] }
    var skipped: Int { rest?.file.skipped ?? 0 }
    var skippedNames: [SkippedName] { rest?.file.skippedNames ?? [] }
    var isCutShort: Bool { rest?.file.isCutShort ?? false }
    var reading: Reading { rest?.file.reading ?? .read }
    var isComplete: Bool { rest?.file.isComplete ?? true }

    /// What was found wrong in a broken document that begins at `mark`.
    func cause(at mark: Mark) -> Finding {
        let errors = findings.filter { $0.severity == .error }
        return errors.first { $0.mark >= mark } ?? errors.last
            ?? Finding(path: path, mark: mark, code: .syntax, message: "this document has errors")
    }
}

/// A document without error.
struct CatalogDocument: Sendable {
    let node: NodeID
    let mark: Mark
    /// Without its references.
    let object: Object
    let references: [CatalogReference]
}

/// What a document refers to, and where.
struct CatalogReference: Hashable, Sendable {
    let target: DeclaredApplication.Reference.Target
    /// Meaningless for a stage, which is no object.
    let node: NodeID
    let mark: Mark
}

/// Where a document stands.
struct CatalogPlace: Sendable {
    let file: CatalogFile
    let mark: Mark
    /// Position among the file's documents; below 0 for a broken one and others'.
    private let position: Int32

    init(_ file: CatalogFile, mark: Mark, position: Int = -1) {
        self.file = file
        self.mark = mark
        self.position = Int32(position)
    }

    var path: String { file.path }
    /// Nil for a broken one.
    var document: CatalogDocument? { position < 0 ? nil : file.documents[Int(position)] }
    var cause: Finding { file.cause(at: mark) }
    var words: String { "\(path):\(mark.line):\(mark.column)" }

    static func < (a: CatalogPlace, b: CatalogPlace) -> Bool { (a.path, a.mark) < (b.path, b.mark) }

    /// Whether both are the same document at the same place.
    func says(_ other: CatalogPlace) -> Bool {
        guard position == other.position, mark == other.mark, path == other.path else { return false }
        guard let document, let another = other.document else { return document == nil && other.document == nil }
        return document.references == another.references && document.object == another.object
    }
}
