package import Core

/// What a document can declare.
package enum Kind: String, Hashable, Sendable, CaseIterable {
    case application = "Application"
    case strategy = "Strategy"
    case gate = "Gate"
    case topic = "Topic"
    case namespace = "Namespace"
}

/// What a document declares. Few declare what is not an application, and those are not to cost all others room.
package enum Object: Hashable, Sendable {
    case application(DeclaredApplication)
    indirect case strategy(DeclaredStrategy)
    indirect case gate(Gate)
    indirect case topic(Topic)
    indirect case namespace(Namespace)
}

/// A document without error.
package struct Document: Hashable, Sendable {
    package var kind: Kind
    package var name: String
    /// Where the document's mapping begins.
    package var mark: Mark
    package var value: Object
}

/// A document of Sluice's that could not be decoded, as far as it is known whose it is.
package struct BrokenDocument: Hashable, Sendable {
    package var kind: Kind?
    package var name: String?
    package var mark: Mark
}

/// A document that belongs to others and could yet be meant for Sluice: it has a name, and its kind is Application or
/// is not given.
package struct SkippedName: Hashable, Sendable {
    package var name: String
    package var mark: Mark

    package init(name: String, mark: Mark) {
        self.name = name
        self.mark = mark
    }
}

/// How far what stands at a path was looked at.
package enum Reading: Hashable, Sendable {
    /// To its end, or as far as ``ManifestFile/isCutShort`` says.
    case read
    /// It is somebody else's: there is nothing of Sluice's `apiVersion` in it.
    case others
    /// `.sluiceignore` passes it over.
    case ignored
    /// It leads elsewhere and is not followed.
    case symbolicLink, submodule
    /// A folder, or a file, that cannot be looked into: anything may stand there.
    case hidden
}

/// What one file declares.
package struct ManifestFile: Hashable, Sendable {
    /// Those without error, in order.
    package var documents: [Document] = []
    /// In order; at most ``Bounds/findings`` and one that says that there are more.
    package var findings: [Finding] = []
    /// Documents with errors.
    package var broken: [BrokenDocument] = []
    /// Documents of another `apiVersion`.
    package var skipped = 0
    package var skippedNames: [SkippedName] = []
    /// The file could not be read to its end: it may declare more than is known.
    package var isCutShort = false
    /// What stands for files that are not read has no documents.
    package var reading = Reading.read

    package init() {}

    /// Something at a path that is not read, and declares nothing as far as is known.
    package init(_ reading: Reading) { self.reading = reading }

    /// What stands for something that cannot be read: it may declare anything.
    package init(unread finding: Finding, _ reading: Reading = .read) {
        self.reading = reading
        isCutShort = true
        findings = [finding]
    }

    /// Whether everything that the file declares is known.
    package var isComplete: Bool { !isCutShort && broken.isEmpty }
}

/// An Application with what it refers to, and where.
package struct DeclaredApplication: Hashable, Sendable {
    package struct Reference: Hashable, Sendable {
        package enum Target: UInt8, Hashable, Sendable {
            case strategy, gate, dependency, topic, accepts, publishes, until, renamedFrom
        }
        package var target: Target
        package var name: String
        package var mark: Mark
    }

    package var application: Application
    package var references: [Reference]

    package init(application: Application, references: [Reference]) {
        self.application = application
        self.references = references
    }
}
