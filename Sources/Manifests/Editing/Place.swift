/// Where an edit's path leads in a document.
struct Place: CustomStringConvertible {
    /// The values on the way, the document first, and the position taken in each.
    var trail: [(container: SourceNode, index: Int)] = []
    /// Where the path ends, or the last value that is there.
    var node: SourceNode
    /// The fields that are not there.
    var missing: [String] = []
    var description: String

    init(of edit: ManifestEdit, in document: SourceNode) throws(ManifestEditError) {
        node = document
        description = edit.path.words
        if edit.path.isEmpty { throw .notFound("path") }
        for (position, step) in edit.path.enumerated() {
            if node.hasProperties { throw .unsupported("\(description) has an anchor or a tag on its way") }
            if let index = try index(of: step) {
                trail.append((node, index))
                switch node.content {
                case .mapping(let entries): node = entries[index].value
                case .sequence(let items): node = items[index]
                default: break
                }
                continue
            }
            for step in edit.path[position...] {
                guard case .key(let key) = step else { throw .notFound(description) }
                missing.append(key)
            }
            break
        }
        if node.hasProperties { throw .unsupported("\(description) has an anchor or a tag") }
        switch edit.change {
        case .set: break
        case .insert: if missing.isEmpty { throw .alreadyThere(description) }
        case .remove: if !missing.isEmpty { throw .notFound(description) }
        case .insertEntry(let index, _):
            guard missing.isEmpty else { throw .notFound(description) }
            guard case .sequence(let items) = node.content else { throw .wrongStep(description) }
            guard (0...items.count).contains(index) else { throw .notFound("\(description)[\(index)]") }
        }
    }

    /// Position of a step in the value at hand; nil for a field that is not there.
    private func index(of step: ManifestEdit.Step) throws(ManifestEditError) -> Int? {
        switch (step, node.content) {
        case (.key(let key), .mapping(let entries)):
            let found = entries.indices.filter { entries[$0].key.text == key }
            if found.count > 1 { throw .unsupported("\"\(key)\" stands there twice") }
            return found.first
        case (.key, .scalar) where node.isNull: return nil
        case (.item(let index), .sequence(let items)):
            guard items.indices.contains(index) else { throw .notFound(description) }
            return index
        case (.named(let name), .sequence(let items)):
            let found = items.indices.filter { items[$0]["name"]?.text == name }
            if found.count > 1 { throw .unsupported("\"\(name)\" stands there twice") }
            guard let index = found.first else { throw .notFound(description) }
            return index
        default: throw .wrongStep(description)
        }
    }

    /// Whether the value is a field in braces whose keys are in double quotes.
    var isJSON: Bool {
        guard let (container, _) = trail.last(where: { !$0.container.isList }),
            container.style == .flow, case .mapping(let entries) = container.content
        else { return false }
        return entries.first?.key.style == .doubleQuoted
    }

    /// What the document should read as after the change.
    func changed(_ document: SourceNode, by change: ManifestEdit.Change) -> SourceNode {
        var result: SourceNode?
        switch change {
        case .remove: result = nil
        case .set(let value), .insert(let value): result = inserted(SourceNode(value))
        case .insertEntry(let index, let value):
            guard case .sequence(var items) = node.content else { return document }
            items.insert(SourceNode(value), at: index)
            var list = node
            list.content = .sequence(items)
            result = list
        }
        for (container, index) in trail.reversed() {
            var container = container
            switch container.content {
            case .mapping(var entries):
                if let result { entries[index].value = result } else { entries.remove(at: index) }
                container.content = .mapping(entries)
            case .sequence(var items):
                if let result { items[index] = result } else { items.remove(at: index) }
                container.content = .sequence(items)
            default: break
            }
            result = container
        }
        return result ?? document
    }

    /// The value at hand with the missing fields, the innermost having this value.
    private func inserted(_ value: SourceNode) -> SourceNode {
        guard let first = missing.first else { return value }
        let inner = missing.dropFirst().reversed().reduce(value) {
            SourceNode(.mapping([(SourceNode(.scalar($1, .text)), $0)]))
        }
        var entries: [(key: SourceNode, value: SourceNode)] = []
        if case .mapping(let standing) = node.content { entries = standing }
        return SourceNode(.mapping(entries + [(SourceNode(.scalar(first, .text)), inner)]))
    }
}

extension [ManifestEdit.Step] {
    /// `spec.rollout.stages[canary].weight`
    var words: String {
        reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + key
            case .item(let index): text += "[\(index)]"
            case .named(let name): text += "[\(name)]"
            }
        }
    }
}
