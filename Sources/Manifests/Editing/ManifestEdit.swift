/// One change to one document of a manifest file, made in the file's bytes: every other byte stays.
///
///     let edit = ManifestEdit(.application, "search", ["spec", "version"], .set(.text("4.2.1")))
///     let edited = try edit.applied(to: bytes, path: "search.yaml")
///
/// A comment on a line of its own stays; one that ends a removed line goes with it, as do those inside a replaced
/// value.
package struct ManifestEdit: Hashable, Sendable {
    /// One step from a value to one inside it.
    package enum Step: Hashable, Sendable {
        /// A field of a mapping.
        case key(String)
        /// An entry of a list, from 0.
        case item(Int)
        /// The entry of a list that is a mapping with this `name`.
        case named(String)
    }

    package enum Change: Hashable, Sendable {
        /// The value becomes this one. A field that is not there is inserted.
        case set(Value)
        /// A field that must not be there yet, with the mappings around it where they are not there either.
        case insert(Value)
        /// A field or an entry of a list, that must be there.
        case remove
        /// An entry of the list that the path leads to, at a position from 0; those from there on move down.
        case insertEntry(at: Int, Value)
    }

    package indirect enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int)
        /// A number as it is written: `2.5`.
        case number(String)
        case boolean(Bool)
        case list([Value])
        case mapping([Entry])
    }

    /// A field of a mapping that is written.
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var value: Value

        package init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    package var kind: Kind
    package var name: String
    package var path: [Step]
    package var change: Change

    package init(_ kind: Kind, _ name: String, _ path: [Step], _ change: Change) {
        self.kind = kind
        self.name = name
        self.path = path
        self.change = change
    }

    /// Makes the change.
    ///
    /// - Parameters:
    ///   - bytes: A manifest file.
    ///   - path: The file's, for findings.
    /// - Returns: The file's bytes with the change.
    /// - Throws: ``ManifestEditError`` where the change cannot be made, or would change anything else, or would leave
    ///   the file with an error that it does not have now.
    package func applied(to bytes: [UInt8], path: String) throws(ManifestEditError) -> [UInt8] {
        try applied(to: bytes, path: path, isJudged: true)
    }

    /// As ``applied(to:path:)``; where it is not judged, as one of several changes, the result may have errors that
    /// the next one mends.
    func applied(to bytes: [UInt8], path: String, isJudged: Bool) throws(ManifestEditError) -> [UInt8] {
        let before = ManifestDecoder.decode(bytes: bytes, path: path)
        if before.isCutShort, let finding = before.findings.last { throw .unreadable(finding) }
        let documents = try SourceNode.documents(of: bytes)
        let position = try self.position(in: documents)
        let place = try Place(of: self, in: documents[position])
        var plan = EditPlan(bytes, root: documents[position])
        try plan.make(change, at: place)
        let edited = try plan.result()
        try prove(edited, place, documents, position, path)
        if isJudged { try Self.judge(edited, before, path) }
        return edited
    }

    /// Position of the document that is meant.
    private func position(in documents: [SourceNode]) throws(ManifestEditError) -> Int {
        let found = documents.indices.filter { index in
            let document = documents[index]
            return document["apiVersion"]?.text == ManifestDecoder.apiVersion
                && document["kind"]?.text == kind.rawValue && document["metadata"]?["name"]?.text == name
        }
        guard let position = found.first else { throw .noDocument(kind, name) }
        if found.count > 1 { throw .ambiguousDocument(kind, name) }
        return position
    }

    /// Reads the result again and compares: all documents are what they were, the edited one but for the change.
    private func prove(
        _ edited: [UInt8], _ place: Place, _ documents: [SourceNode], _ position: Int, _ file: String
    ) throws(ManifestEditError) {
        let after = ManifestDecoder.decode(bytes: edited, path: file)
        if after.isCutShort { throw .notSurgical(place.description) }
        var expected = documents
        expected[position] = place.changed(documents[position], by: change)
        guard try SourceNode.documents(of: edited) == expected else { throw .notSurgical(place.description) }
    }

    /// No error is new.
    static func judge(_ edited: [UInt8], _ before: ManifestFile, _ file: String) throws(ManifestEditError) {
        let after = ManifestDecoder.decode(bytes: edited, path: file)
        var known = before.findings.map { [$0.code.rawValue, $0.message] }
        var new: [Finding] = []
        for finding in after.findings where finding.severity == .error {
            if let index = known.firstIndex(of: [finding.code.rawValue, finding.message]) {
                known.remove(at: index)
            } else {
                new.append(finding)
            }
        }
        if !new.isEmpty { throw .invalid(new) }
    }
}

extension ManifestEdit.Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// A field.
    package init(stringLiteral key: String) { self = .key(key) }
    /// An entry of a list.
    package init(integerLiteral index: Int) { self = .item(index) }
}

/// Why an edit was not made. The file is as it was.
package enum ManifestEditError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is not YAML, or too large.
    case unreadable(Finding)
    case noDocument(Kind, String)
    case ambiguousDocument(Kind, String)
    /// There is no such place.
    case notFound(String)
    case alreadyThere(String)
    /// A step leads into a value that has no fields or no entries.
    case wrongStep(String)
    /// The place is written in a way that is not edited.
    case unsupported(String)
    /// The result would differ in more than the change.
    case notSurgical(String)
    /// The result would have errors that the file does not have now.
    case invalid([Finding])
    /// The result would not declare the release that was to be restored, or would change something beside it.
    case notRestored(String)

    package var description: String {
        switch self {
        case .unreadable(let finding): "the file cannot be edited: \(finding)"
        case .noDocument(let kind, let name): "the file has no \(kind.rawValue) \"\(name)\""
        case .ambiguousDocument(let kind, let name): "the file has more than one \(kind.rawValue) \"\(name)\""
        case .notFound(let place): "there is no \(place)"
        case .alreadyThere(let place): "\(place) is there already"
        case .wrongStep(let place): "\(place) does not lead anywhere: what it goes into is of another type"
        case .unsupported(let why): "this cannot be edited in place: \(why)"
        case .notSurgical(let place): "editing \(place) in place would change something else; edit the file by hand"
        case .invalid(let findings):
            "the edit would make the file invalid: " + findings.map(\.description).joined(separator: "; ")
        case .notRestored(let why): "the release cannot be restored by an edit: \(why); edit the file by hand"
        }
    }
}
