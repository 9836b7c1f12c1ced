package import Core

/// Gives an Application's manifest back a release that it declared before: version, components without their
/// replicas, and contract. Everything else in the file stays as it is, to the byte.
///
/// What is written is taken from a file that declared the release, field by field where the two differ, so that
/// comments and the way in which things are written are kept.
package struct ReleaseRestoration: Sendable {
    /// What belongs to a release, of a `spec`.
    private static let fields = ["version", "components", "contract"]

    private let application: ApplicationName
    private let digest: Digest
    /// The `spec` that declared the release.
    private let wanted: SourceNode

    /// - Parameters:
    ///   - application: the Application's name.
    ///   - digest: of the release that is to be declared again.
    ///   - source: a file that declares it.
    /// - Throws: where it does not.
    package init(of application: ApplicationName, to digest: Digest, from source: [UInt8]) throws(ManifestEditError) {
        try self.init(of: application, to: digest, from: (source, application))
    }

    /// - Parameters:
    ///   - application: the Application's name.
    ///   - release: what is to be declared again.
    ///   - source: a file that declares it, and the Application's name there; where there is none, it is written anew.
    /// - Throws: where the source does not declare it, or what is written anew would be another release.
    package init(
        of application: ApplicationName, to release: DeclaredRelease,
        from source: (bytes: [UInt8], name: ApplicationName)?
    ) throws(ManifestEditError) {
        let written = (Array(ReleaseText(release, of: application).text.utf8), application)
        try self.init(of: application, to: release.digest, from: source ?? written)
    }

    /// - Parameters:
    ///   - application: the Application's name.
    ///   - digest: of the release that is to be declared again.
    ///   - source: a file that declares it, and the Application's name there.
    /// - Throws: where it does not.
    package init(
        of application: ApplicationName, to digest: Digest, from source: (bytes: [UInt8], name: ApplicationName)
    ) throws(ManifestEditError) {
        self.application = application
        self.digest = digest
        let (declared, spec) = try Self.find(source.name, in: source.bytes, path: "")
        guard declared.release.digest == digest else {
            throw .notRestored("the file to restore it from declares \(declared.release.version)")
        }
        wanted = spec
    }

    /// Makes the edits, and proves them: the result declares the release, and the same as before in all else.
    ///
    /// - Parameters:
    ///   - bytes: the file that declares the Application now.
    ///   - path: the file's, for findings.
    /// - Returns: the file's bytes with the release restored.
    /// - Throws: ``ManifestEditError`` where that cannot be done by edits, or would change anything else.
    package func applied(to bytes: [UInt8], path: String) throws(ManifestEditError) -> [UInt8] {
        let (now, spec) = try Self.find(application, in: bytes, path: path)
        var edits: [ManifestEdit] = []
        for field in Self.fields {
            try compare(spec[field], wanted[field], at: ["spec", .key(field)], keeping: nil, into: &edits)
        }
        var edited = bytes
        for edit in edits { edited = try edit.applied(to: edited, path: path, isJudged: false) }
        try ManifestEdit.judge(edited, ManifestDecoder.decode(bytes: bytes, path: path), path)
        let (after, _) = try Self.find(application, in: edited, path: path)
        guard after.release.digest == digest else {
            throw .notRestored("the result would declare another release than \(digest.short)")
        }
        var expected = now
        expected.release = after.release
        expected.replicas = after.replicas.merging(now.replicas) { $1 }
            .filter { name, _ in after.replicas[name] != nil }
        guard expected == after else { throw .notRestored("the result would differ in more than the release") }
        return edited
    }

    private static func find(
        _ application: ApplicationName, in bytes: [UInt8], path: String
    ) throws(ManifestEditError) -> (Application, SourceNode) {
        let file = ManifestDecoder.decode(bytes: bytes, path: path)
        let declared = file.documents.compactMap { document -> Application? in
            guard case .application(let declared) = document.value, document.name == application else { return nil }
            return declared.application
        }
        guard let first = declared.first else {
            if file.broken.contains(where: { $0.name == application }) { throw .invalid(file.findings) }
            throw .noDocument(.application, application)
        }
        guard declared.count == 1 else { throw .ambiguousDocument(.application, application) }
        let document = try SourceNode.documents(of: bytes).first {
            $0["apiVersion"]?.text == ManifestDecoder.apiVersion && $0["kind"]?.text == Kind.application.rawValue
                && $0["metadata"]?["name"]?.text == application
        }
        guard let spec = document?["spec"] else { throw .noDocument(.application, application) }
        return (first, spec)
    }

    // MARK: What differs

    /// Notes the edits that make what stands at a path say what is wanted. `keeping` is a field of the mapping there
    /// that stays as it is.
    private func compare(
        _ now: SourceNode?, _ wanted: SourceNode?, at path: [ManifestEdit.Step], keeping: String?,
        into edits: inout [ManifestEdit]
    ) throws(ManifestEditError) {
        guard let wanted else {
            if now != nil { note(path, .remove, &edits) }
            return
        }
        guard let now else {
            note(path, .insert(try value(wanted, path)), &edits)
            return
        }
        switch (now.content, wanted.content) {
        case (.mapping(let old), .mapping(let new)) where !old.isEmpty && !new.isEmpty:
            // What is new comes first: a mapping that loses all its fields is written anew.
            for entry in new {
                guard let key = entry.key.text, key != keeping else { continue }
                try compare(now[key], entry.value, at: path + [.key(key)], keeping: nil, into: &edits)
            }
            for entry in old {
                guard let key = entry.key.text, key != keeping, wanted[key] == nil else { continue }
                note(path + [.key(key)], .remove, &edits)
            }
        case (.sequence(let old), .sequence(let new)):
            if let old = Self.names(of: old), let new = Self.names(of: new) {
                try compareNamed(now, old, wanted, new, at: path, into: &edits)
            } else if now != wanted {
                note(path, .set(try value(wanted, path)), &edits)
            }
        default:
            if now != wanted { note(path, .set(try value(wanted, path)), &edits) }
        }
    }

    /// Entries that are told apart by name, whose order counts: the components.
    private func compareNamed(
        _ now: SourceNode, _ old: [String], _ wanted: SourceNode, _ new: [String], at path: [ManifestEdit.Step],
        into edits: inout [ManifestEdit]
    ) throws(ManifestEditError) {
        guard case .sequence(let oldItems) = now.content, case .sequence(let newItems) = wanted.content else { return }
        var names = old
        for (position, name) in new.enumerated() {
            let item = newItems[position]
            guard let index = old.firstIndex(of: name) else {
                note(path, .insertEntry(at: position, try value(item, path)), &edits)
                names.insert(name, at: position)
                continue
            }
            if names[position] == name {
                try compare(oldItems[index], item, at: path + [.named(name)], keeping: "replicas", into: &edits)
                continue
            }
            // It stands elsewhere, or something was taken out before it.
            guard let from = names.firstIndex(of: name) else { continue }
            let isInTheWay = names[position..<from].allSatisfy { !new.contains($0) }
            if isInTheWay {
                for extra in names[position..<from] { note(path + [.named(extra)], .remove, &edits) }
                names.removeSubrange(position..<from)
                try compare(oldItems[index], item, at: path + [.named(name)], keeping: "replicas", into: &edits)
            } else {
                var moved = item
                moved.keep("replicas", of: oldItems[index])
                note(path + [.named(name)], .remove, &edits)
                names.remove(at: from)
                note(path, .insertEntry(at: position, try value(moved, path)), &edits)
                names.insert(name, at: position)
            }
        }
        for extra in names.dropFirst(new.count) { note(path + [.named(extra)], .remove, &edits) }
    }

    private func note(_ path: [ManifestEdit.Step], _ change: ManifestEdit.Change, _ edits: inout [ManifestEdit]) {
        edits.append(ManifestEdit(.application, application, path, change))
    }

    /// Names of all entries; nil where one has none, or two have the same.
    private static func names(of items: [SourceNode]) -> [String]? {
        let names = items.compactMap { $0["name"]?.text }
        return names.count == items.count && Set(names).count == names.count && !names.isEmpty ? names : nil
    }

    private func value(
        _ node: SourceNode, _ path: [ManifestEdit.Step]
    ) throws(ManifestEditError) -> ManifestEdit.Value {
        guard let value = ManifestEdit.Value(node) else {
            throw .unsupported("\(path.words) was empty, or had an anchor or a tag")
        }
        return value
    }
}

extension SourceNode {
    /// Takes over a field of another mapping, or that it has none.
    fileprivate mutating func keep(_ key: String, of other: SourceNode) {
        guard case .mapping(var entries) = content else { return }
        let index = entries.firstIndex { $0.key.text == key }
        switch (index, other[key]) {
        case (let index?, let kept?): entries[index].value = kept
        case (let index?, nil): entries.remove(at: index)
        case (nil, let kept?): entries.append((SourceNode(.scalar(key, .text)), kept))
        case (nil, nil): break
        }
        content = .mapping(entries)
    }
}

extension ManifestEdit.Value {
    /// What a node says, to be written elsewhere; nil for an alias, an empty value, and what has an anchor or a tag.
    fileprivate init?(_ node: SourceNode) {
        guard !node.hasProperties else { return nil }
        switch node.content {
        case .alias, .scalar(_, .null): return nil
        case .scalar(let text, .text): self = .text(text)
        case .scalar(let text, .number): self = .number(text)
        case .scalar(let text, .boolean): self = .boolean(text.lowercased() == "true")
        case .sequence(let items):
            let values = items.compactMap { ManifestEdit.Value($0) }
            guard values.count == items.count else { return nil }
            self = .list(values)
        case .mapping(let entries):
            let values = entries.compactMap { entry -> ManifestEdit.Entry? in
                guard let key = entry.key.text, let value = ManifestEdit.Value(entry.value) else { return nil }
                return ManifestEdit.Entry(key, value)
            }
            guard values.count == entries.count else { return nil }
            self = .mapping(values)
        }
    }
}
