extension EditPlan {
    mutating func remove(at place: Place, isInFlow: Bool) throws(ManifestEditError) {
        guard let (container, index) = place.trail.last else { return }
        let parts = parts(of: container)
        guard parts.indices.contains(index) else { return }
        let part = parts[index]
        if container.style == .flow {
            removeFromFlow(parts, index, container)
        } else if parts.count == 1 {
            // What is left is written as empty, or it would be nothing at all.
            if place.trail.count == 1 { throw .unsupported("the document would be empty") }
            try replace(container, with: container.isList ? .list([]) : .mapping([]), isInFlow: false)
        } else {
            let start = startOfLine(part.lowerBound)
            if isSpace(start..<part.lowerBound) {
                splice(lines(from: start, to: part.upperBound))
            } else if index == 0, bytes[start..<part.lowerBound].allSatisfy({ " -".utf8.contains($0) }) {
                removeBehindDash(part, next: parts[1].lowerBound)
            } else {
                throw .unsupported("\(place) does not begin its line")
            }
        }
    }

    /// The first field of a mapping that begins behind a `-`: the next field takes its place, unless comments stand
    /// between them.
    private mutating func removeBehindDash(_ part: Range<Int>, next: Int) {
        let end = endOfLine(part.upperBound)
        if bytes[end..<next].contains(UInt8(ascii: "#")) {
            var start = part.lowerBound
            while bytes[start - 1] == UInt8(ascii: " ") { start -= 1 }
            splice(start..<end)
        } else {
            splice(part.lowerBound..<next)
        }
    }

    private mutating func removeFromFlow(_ parts: [Range<Int>], _ index: Int, _ container: SourceNode) {
        let part = parts[index]
        let margin = startOfLine(part.lowerBound)
        let isOnItsOwn = margin > container.range.lowerBound && isSpace(margin..<part.lowerBound)
        if let comma = comma(after: part.upperBound) {
            let end = endOfLine(comma)
            let rest = bytes[comma + 1..<end].drop { $0 == UInt8(ascii: " ") }
            if isOnItsOwn, rest.isEmpty || rest.first == UInt8(ascii: "#") {
                splice(margin..<nextLine(end))
            } else {
                splice(part.lowerBound..<min(rest.startIndex, end))
            }
            return
        }
        // The last one takes the comma before it.
        if index > 0, let comma = comma(after: parts[index - 1].upperBound) {
            if isOnItsOwn, endOfLine(comma) < part.lowerBound {
                splice(comma..<comma + 1)
                let rest = bytes[part.upperBound..<endOfLine(part.upperBound)].drop { $0 == UInt8(ascii: " ") }
                if rest.isEmpty || rest.first == UInt8(ascii: "#") {
                    splice(margin..<nextLine(part.upperBound))
                } else {
                    splice(part)
                }
            } else {
                splice(comma..<part.upperBound)
            }
        } else {
            splice(part)
        }
    }

    /// The comma that follows a value of a flow mapping or list, comments passed over.
    private func comma(after offset: Int) -> Int? {
        var index = offset
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","): return index
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): index += 1
            case UInt8(ascii: "#"): index = endOfLine(index)
            default: return nil
            }
        }
        return nil
    }

    /// The bytes of each field or entry. An entry of a block list begins at its dash.
    func parts(of container: SourceNode) -> [Range<Int>] {
        switch container.content {
        case .mapping(let entries):
            entries.map { entry in
                let start = entry.key.range.lowerBound
                return start..<max(start, entry.value.range.upperBound, entry.key.range.upperBound)
            }
        case .sequence(let items):
            items.map { item in
                guard container.style == .block else { return item.range }
                var dash = item.range.lowerBound - 1
                while dash > 0, " \n\r".utf8.contains(bytes[dash]) { dash -= 1 }
                guard dash >= 0, bytes[dash] == UInt8(ascii: "-") else { return item.range }
                return dash..<max(item.range.upperBound, dash + 1)
            }
        default: []
        }
    }
}
