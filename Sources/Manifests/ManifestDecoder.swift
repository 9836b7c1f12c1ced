internal import Core

/// Decodes a file of manifests: every document that is Sluice's, and everything that is wrong, at once.
package enum ManifestDecoder {
    package static let apiVersion = "sluice.dev/v1"

    /// What a file of a repository declares. One that is somebody else's is not parsed, and nothing is wrong with it.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8. More than ``Bounds/file`` bytes are a finding if they may be Sluice's.
    ///   - path: Stands in the findings.
    /// - Returns: What the file declares, and what is wrong with it.
    package static func read(bytes: UnsafeRawBufferPointer, path: String) -> ManifestFile {
        switch Belonging(bytes) {
        case .ours: return decode(bytes: bytes, path: path)
        case .others: return ManifestFile(.others)
        case .doubtful:
            var file = ManifestFile(.others)
            guard bytes.count <= Bounds.file, !FileDecoding.hasTooManyDirectives(bytes) else { return file }
            for header in DocumentHeader.scan(bytes) { file.skip(header, mark: header.mark) }
            return file
        }
    }

    /// What a file that is Sluice's declares.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, of at most ``Bounds/file`` bytes; more is a finding.
    ///   - path: Stands in the findings.
    /// - Returns: What the file declares, and what is wrong with it.
    package static func decode(bytes: [UInt8], path: String) -> ManifestFile {
        bytes.withUnsafeBytes { decode(bytes: $0, path: path) }
    }

    /// - Parameters:
    ///   - bytes: UTF-8, of at most ``Bounds/file`` bytes; more is a finding.
    ///   - path: Stands in the findings.
    /// - Returns: What the file declares, and what is wrong with it.
    package static func decode(bytes: UnsafeRawBufferPointer, path: String) -> ManifestFile {
        var decoding = FileDecoding(bytes, path: path)
        return decoding.run()
    }
}

private struct FileDecoding: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    var reader: NodeReader
    var file = ManifestFile()
    /// Position of the current document.
    var position = -1
    /// Read where a document does not begin with `apiVersion` and `kind`.
    var headers: [DocumentHeader]?

    init(_ bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        reader = NodeReader(bytes, path: path, author: .person)
    }

    mutating func run() -> ManifestFile {
        if bytes.count > Bounds.file {
            reader.add(.fileTooLarge, at: .start, "a file of \(bytes.count) bytes is larger than 1 MiB")
            file.isCutShort = true
        } else if bytes.count >= 2, bytes[0] ^ bytes[1] == 0x01, bytes[0] >= 0xFE {
            reader.add(.encoding, at: .start, "this is UTF-16; manifests are UTF-8")
            file.isCutShort = true
        } else if Self.hasTooManyDirectives(bytes) {
            reader.add(.tag, at: .start, "this file declares more than \(Bounds.directives) tags")
            file.isCutShort = true
        } else {
            do throws(Stop) {
                try readDocuments()
            } catch {
                file.isCutShort = true
            }
        }
        file.findings = reader.findings
        return file
    }

    /// Whether so many lines begin with `%TAG` that libyaml, which compares each with all before it, takes seconds.
    static func hasTooManyDirectives(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > Bounds.directives * 8 else { return false }
        var count = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "%") {
            let isFirst = index == 0 || bytes[index - 1] == UInt8(ascii: "\n") || bytes[index - 1] == UInt8(ascii: "\r")
            if isFirst, bytes[index...].starts(with: "%TAG".utf8) { count += 1 }
        }
        return count > Bounds.directives
    }

    private mutating func readDocuments() throws(Stop) {
        while true {
            reader.judgesProperties = false
            try reader.next()
            if reader.kind == .streamEnd { return }
            guard reader.kind == .documentStart else { continue }
            position += 1
            try reader.next()
            try readDocument()
        }
    }

    /// Reads the document whose first value the reader stands at.
    private mutating func readDocument() throws(Stop) {
        let mark = reader.mark
        guard reader.kind == .mappingStart else {
            let isEmpty = reader.kind == .scalar && reader.isPlain && PlainScalar.meaning(of: reader.scalar) == .null
            if !isEmpty {
                reader.wrongType(expected: "a document that is a mapping and begins with \"apiVersion\"")
                file.broken.append(BrokenDocument(kind: nil, name: nil, mark: mark))
            }
            try reader.skip()
            return
        }
        var hasProperties = reader.hasProperties
        var seen: UInt64 = 0
        var isAtKey = true
        try reader.next()
        if reader.isAt("apiVersion") {
            hasProperties = hasProperties || reader.hasProperties
            try reader.next()
            hasProperties = hasProperties || reader.hasProperties
            isAtKey = reader.isAt("sluice.dev/v1")
            if isAtKey {
                seen = 1
                try reader.next()
            }
        }
        if seen == 1, reader.isAt("kind") {
            hasProperties = hasProperties || reader.hasProperties
            try reader.next()
            hasProperties = hasProperties || reader.hasProperties
            isAtKey = false
            if let kind = kindHere {
                try reader.next()
                try read(kind, seen: 3, mark: mark, hasProperties: hasProperties)
                return
            }
        }
        try readUnordered(mark, seen: seen, isAtKey: isAtKey, hasProperties: hasProperties)
    }

    /// The kind that the scalar at hand names.
    private var kindHere: Kind? {
        if reader.isAt("Application") { return .application }
        if reader.isAt("Strategy") { return .strategy }
        if reader.isAt("Gate") { return .gate }
        if reader.isAt("Topic") { return .topic }
        if reader.isAt("Namespace") { return .namespace }
        return nil
    }

    /// Reads a document from the key that the reader stands at.
    private mutating func read(_ kind: Kind, seen: UInt64, mark: Mark, hasProperties: Bool) throws(Stop) {
        let errors = reader.errors
        var draft = DocumentDraft()
        if hasProperties { reader.add(.anchor, at: mark, "anchors and tags are not allowed") }
        reader.judgesProperties = true
        reader.judge()
        do throws(Stop) {
            try Table.document(of: kind).readFields(&reader, into: &draft, seen: seen, mark: mark)
        } catch {
            file.broken.append(BrokenDocument(kind: kind, name: draft.name?.value, mark: mark))
            throw error
        }
        if let renamedFrom = draft.renamedFrom, renamedFrom.value == draft.name?.value {
            reader.add(.invalidValue, at: renamedFrom.mark, "an application cannot be renamed from its own name")
        }
        if reader.errors == errors, let name = draft.name?.value, let object = draft.named {
            file.documents.append(Document(kind: kind, name: name, mark: mark, value: object))
        } else {
            file.broken.append(BrokenDocument(kind: kind, name: draft.name?.value, mark: mark))
        }
    }

    /// Reads a document whose header does not come first, or is not Sluice's. The reader stands inside its mapping.
    private mutating func readUnordered(
        _ mark: Mark, seen: UInt64, isAtKey: Bool, hasProperties: Bool
    ) throws(Stop) {
        if headers == nil { headers = DocumentHeader.scan(bytes) }
        let header = headers.flatMap { position < $0.count ? $0[position] : nil } ?? DocumentHeader()
        let version = header.apiVersion?.value ?? ""
        if version == ManifestDecoder.apiVersion {
            if isAtKey, let kind = header.kind.flatMap({ Kind(rawValue: $0.value) }) {
                try read(kind, seen: seen, mark: mark, hasProperties: hasProperties)
                return
            }
            complain(about: header.kind, mark: mark)
            file.broken.append(BrokenDocument(kind: nil, name: header.name, mark: mark))
        } else if version.hasPrefix("sluice.dev")
            || Suggestion.nearest(to: version, among: CollectionOfOne(ManifestDecoder.apiVersion)) != nil
        {
            reader.add(
                .unsupportedVersion, at: header.apiVersion?.mark ?? mark,
                "this Sluice does not know the apiVersion \(PlainScalar.quoted(String(version.prefix(40))))",
                suggestion: ManifestDecoder.apiVersion)
            let kind = header.kind.flatMap { Kind(rawValue: $0.value) }
            file.broken.append(BrokenDocument(kind: kind, name: header.name, mark: mark))
        } else {
            file.skip(header, mark: mark)
        }
        try leaveDocument()
    }

    private mutating func complain(about kind: Marked<String>?, mark: Mark) {
        let known = Kind.allCases.map(\.rawValue)
        guard let kind else {
            reader.add(.missingField, at: mark, "a document needs \"kind\": one of \(known.joined(separator: ", "))")
            return
        }
        reader.add(
            .unknownKind, at: kind.mark, "there is no kind \(PlainScalar.quoted(String(kind.value.prefix(40))))",
            suggestion: Suggestion.nearest(to: kind.value, among: known))
    }

    private mutating func leaveDocument() throws(Stop) {
        while reader.kind != .documentEnd { try reader.next() }
    }
}

extension ManifestFile {
    /// Counts a document that is somebody else's.
    fileprivate mutating func skip(_ header: DocumentHeader, mark: Mark) {
        skipped += 1
        if let name = header.name, (header.kind?.value ?? "Application") == "Application" {
            skippedNames.append(SkippedName(name: name, mark: mark))
        }
    }
}

extension DocumentDraft {
    /// The object under its name.
    fileprivate var named: Object? {
        guard let name, let object else { return nil }
        switch object {
        case .application(var declared):
            declared.application.name = name.value
            if let renamedFrom {
                declared.application.renamedFrom = renamedFrom.value
                declared.references.append(
                    .init(target: .renamedFrom, name: renamedFrom.value, mark: renamedFrom.mark))
            }
            return .application(declared)
        case .gate(var gate):
            gate.name = name.value
            return .gate(gate)
        case .topic(var topic):
            topic.name = name.value
            return .topic(topic)
        case .namespace(var namespace):
            namespace.name = name.value
            return .namespace(namespace)
        case .strategy: return object
        }
    }
}
