package import Core

/// What a document declares, and where it stands.
package struct PlacedObject<Value: Sendable>: Sendable {
    package var path: String
    package var mark: Mark
    package var value: Value
}

extension Catalog {
    /// Gates that are valid, sorted by place.
    package var placedGates: [PlacedObject<Gate>] {
        placed(.gate, among: nodes) { if case .gate(let gate) = $0 { gate } else { nil } }
    }

    /// Namespaces that are valid, sorted by place.
    package var placedNamespaces: [PlacedObject<Namespace>] {
        // Not by all nodes, since this is asked at every change of a fleet.
        placed(.namespace, among: namespaceNodes.lazy.map { nodes[Int($0)] }) {
            if case .namespace(let namespace) = $0 { namespace } else { nil }
        }
    }

    private func placed<Value>(
        _ kind: Kind, among nodes: some Sequence<CatalogNode>, _ value: (Object) -> Value?
    ) -> [PlacedObject<Value>] {
        let found = nodes.filter { $0.kind == kind }.compactMap { node -> PlacedObject<Value>? in
            guard let place = node.places.only, let document = place.document, let value = value(document.object)
            else { return nil }
            return PlacedObject(path: place.path, mark: document.mark, value: value)
        }
        return found.sorted { ($0.path, $0.mark) < ($1.path, $1.mark) }
    }
}
