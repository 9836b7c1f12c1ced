extension EditPlan {
    /// Writes a new entry of a list. It follows the entry before it, so that comments stay above what they are about.
    mutating func insertEntry(
        _ value: ManifestEdit.Value, at index: Int, of place: Place, isInFlow: Bool
    ) throws(ManifestEditError) {
        let list = place.node
        let parts = parts(of: list)
        guard !parts.isEmpty else {
            try replace(list, with: .list([value]), isInFlow: isInFlow, isJSON: place.isJSON)
            return
        }
        guard list.style == .block else {
            let text = value.written(like: place.isJSON ? .doubleQuoted : .plain, isInFlow: true)
            if index < parts.count {
                splice(parts[index].lowerBound..<parts[index].lowerBound, text + ", ")
            } else {
                splice(parts[index - 1].upperBound..<parts[index - 1].upperBound, ", " + text)
            }
            return
        }
        let dash = parts[0].lowerBound
        let margin = startOfLine(dash)
        guard isSpace(margin..<dash) else { throw .unsupported("\(place) does not begin on a line of its own") }
        let newline = lineBreak(at: dash)
        let text = lines(of: value, margin: String(repeating: " ", count: dash - margin)).joined(separator: newline)
        guard index > 0 else {
            splice(margin..<margin, text + newline)
            return
        }
        let end = parts[index - 1].upperBound
        if isAtLineStart(end) {
            splice(end..<end, text + newline)
        } else {
            splice(endOfLine(end)..<endOfLine(end), newline + text)
        }
    }

    /// An entry of a block list; the fields of a mapping stand on a line each.
    private func lines(of value: ManifestEdit.Value, margin: String) -> [String] {
        guard case .mapping(let entries) = value, !entries.isEmpty else {
            return ["\(margin)- " + value.written(like: .plain, isInFlow: false)]
        }
        return entries.enumerated().map { index, entry in
            let key = ManifestEdit.Value.text(entry.key).written(like: .plain, isInFlow: false)
            return margin + (index == 0 ? "- " : "  ") + "\(key): " + entry.value.written(like: .plain, isInFlow: false)
        }
    }
}
