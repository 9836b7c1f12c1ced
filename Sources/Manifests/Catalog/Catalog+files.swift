internal import Core

extension Catalog {
    /// Takes a file up, resolving its references.
    mutating func made(_ file: ManifestFile, at path: String) -> CatalogFile {
        let documents = file.documents.map { document -> CatalogDocument in
            let node = node(of: CatalogKey(kind: document.kind, name: document.name))
            var object = document.value
            var references: [CatalogReference] = []
            switch document.value {
            case .application(let declared):
                references.reserveCapacity(declared.references.count)
                for reference in declared.references {
                    let target = reference.key.map { self.node(of: $0) } ?? -1
                    references.append(CatalogReference(target: reference.target, node: target, mark: reference.mark))
                }
                var application = declared.application
                application.share(&sharing)
                object = .application(DeclaredApplication(application: application, references: []))
            case .strategy(let declared):
                references = declared.gates.map { gate in
                    let target = self.node(of: CatalogKey(kind: .gate, name: gate.value))
                    return CatalogReference(target: .gate, node: target, mark: gate.mark)
                }
            case .gate, .topic, .namespace: break
            }
            return CatalogDocument(node: node, mark: document.mark, object: object, references: references)
        }
        return CatalogFile(file, path: path, documents: documents)
    }

    mutating func add(_ file: CatalogFile) {
        count(file, times: 1)
        if !file.findings.isEmpty { pathsWithFindings.insert(file.path) }
        if !file.isComplete { incompletePaths.insert(file.path) }
        switch file.reading {
        case .hidden: hiddenPaths.insert(file.path)
        case .symbolicLink, .submodule: leadingElsewhere.insert(file.path)
        case .read, .others, .ignored: break
        }
        for (position, document) in file.documents.enumerated() {
            nodes[Int(document.node)].places.insert(CatalogPlace(file, mark: document.mark, position: position))
        }
        for broken in file.broken {
            guard let name = broken.name else { continue }
            let place = CatalogPlace(file, mark: broken.mark)
            if let kind = broken.kind {
                nodes[Int(node(of: CatalogKey(kind: kind, name: name)))].places.insert(place)
            } else {
                unknownKinds[name, default: CatalogPlaces()].insert(place)
            }
        }
        for skipped in file.skippedNames {
            skippedNames[skipped.name, default: CatalogPlaces()].insert(CatalogPlace(file, mark: skipped.mark))
        }
    }

    mutating func drop(_ file: CatalogFile) {
        count(file, times: -1)
        pathsWithFindings.remove(file.path)
        incompletePaths.remove(file.path)
        hiddenPaths.remove(file.path)
        leadingElsewhere.remove(file.path)
        // Each name once, however often the file has it.
        for node in Set(declared(in: file)) { nodes[Int(node)].places.removeAll(in: file) }
        for name in Set(file.broken.lazy.filter { $0.kind == nil }.compactMap(\.name)) {
            drop(file, from: &unknownKinds[name])
        }
        for name in Set(file.skippedNames.lazy.map(\.name)) { drop(file, from: &skippedNames[name]) }
    }

    private func drop(_ file: CatalogFile, from places: inout CatalogPlaces?) {
        places?.removeAll(in: file)
        if places?.isEmpty == true { places = nil }
    }

    /// Nodes that a file declares or tries to; some perhaps more than once.
    mutating func declared(in file: CatalogFile) -> [NodeID] {
        var nodes = file.documents.map(\.node)
        for broken in file.broken {
            guard let kind = broken.kind, let name = broken.name else { continue }
            nodes.append(node(of: CatalogKey(kind: kind, name: name)))
        }
        return nodes
    }

    private mutating func count(_ file: CatalogFile, times sign: Int) {
        for document in file.documents {
            let kind = nodes[Int(document.node)].kind
            counts.documents[kind, default: 0] += sign
            if counts.documents[kind] == 0 { counts.documents[kind] = nil }
        }
        counts.broken += sign * file.broken.count
        counts.skipped += sign * file.skipped
    }

    // MARK: Nodes

    /// The name's node, made where there is none.
    mutating func node(of key: CatalogKey) -> NodeID {
        if let known = ids[key] { return known }
        let id: NodeID
        if let free = freeNodes.popLast() {
            id = free
            nodes[Int(id)] = CatalogNode(key)
        } else {
            id = NodeID(nodes.count)
            nodes.append(CatalogNode(key))
        }
        ids[key] = id
        if key.kind == .namespace { namespaceNodes.insert(id) }
        return id
    }

    /// Gives a node back that nobody declares or refers to.
    mutating func freeIfLoose(_ id: NodeID) {
        let key = nodes[Int(id)].key
        guard nodes[Int(id)].isLoose, ids[key] == id else { return }
        ids[key] = nil
        gates[id] = nil
        freeNodes.append(id)
    }
}
