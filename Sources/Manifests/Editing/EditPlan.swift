/// Works out which bytes to replace.
struct EditPlan {
    let bytes: [UInt8]
    private let root: SourceNode
    private var splices: [(range: Range<Int>, text: [UInt8])] = []

    init(_ bytes: [UInt8], root: SourceNode) {
        self.bytes = bytes
        self.root = root
    }

    /// The bytes with everything replaced.
    func result() throws(ManifestEditError) -> [UInt8] {
        var result: [UInt8] = []
        var done = 0
        for splice in splices.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard splice.range.lowerBound >= done, splice.range.upperBound <= bytes.count else {
                throw .unsupported("its parts lie across each other")
            }
            result += bytes[done..<splice.range.lowerBound]
            result += splice.text
            done = splice.range.upperBound
        }
        return result + bytes[done...]
    }

    mutating func splice(_ range: Range<Int>, _ text: String = "") {
        splices.append((range, Array(text.utf8)))
    }

    mutating func make(_ change: ManifestEdit.Change, at place: Place) throws(ManifestEditError) {
        let isInFlow = place.trail.contains { $0.container.style == .flow }
        switch change {
        case .set(let value) where place.missing.isEmpty:
            if place.node == SourceNode(value) { return }
            try replace(place.node, with: value, isInFlow: isInFlow, isJSON: place.isJSON)
        case .set(let value), .insert(let value):
            let key = place.missing.first ?? ""
            let inner = place.missing.dropFirst().reversed().reduce(value) { .mapping([.init($1, $0)]) }
            if place.node.isNull {
                try replace(place.node, with: .mapping([.init(key, inner)]), isInFlow: isInFlow)
            } else if place.node.style == .flow {
                insertIntoFlow(place.node, key, inner)
            } else {
                insertLines(place.node, place.missing, value)
            }
        case .remove: try remove(at: place, isInFlow: isInFlow)
        case .insertEntry(let index, let value):
            try insertEntry(value, at: index, of: place, isInFlow: isInFlow)
        }
    }

    // MARK: Replacing

    mutating func replace(
        _ old: SourceNode, with value: ManifestEdit.Value, isInFlow: Bool, isJSON: Bool = false
    ) throws(ManifestEditError) {
        var text = value.written(like: isJSON ? .doubleQuoted : old.style, isInFlow: isInFlow)
        guard old.style != .literal else {
            // A comment behind the `|` stays.
            let head = bytes[old.range.lowerBound..<endOfLine(old.range.lowerBound)]
            if var start = head.firstIndex(of: UInt8(ascii: "#")) {
                while bytes[start - 1] == UInt8(ascii: " ") { start -= 1 }
                text += String(decoding: head[start...], as: UTF8.self)
            }
            let end = old.range.upperBound
            if isAtLineStart(end), end > old.range.lowerBound { text += lineBreak(at: old.range.lowerBound) }
            splice(old.range, text)
            return
        }
        if old.range.isEmpty {
            guard let colon = old.colon else { throw .unsupported("an empty value without a colon") }
            splice(colon..<colon, " " + text)
        } else if old.style == .block, let colon = old.colon, startOfLine(old.range.lowerBound) > colon {
            splice(colon..<colon, " " + text)
            splice(lines(from: startOfLine(old.range.lowerBound), to: old.range.upperBound))
        } else {
            splice(old.range, text)
        }
    }

    // MARK: Inserting

    private mutating func insertIntoFlow(_ mapping: SourceNode, _ key: String, _ value: ManifestEdit.Value) {
        guard case .mapping(let entries) = mapping.content else { return }
        // Where keys are in double quotes, this is JSON and stays so.
        let style: SourceNode.Style = entries.last?.key.style == .doubleQuoted ? .doubleQuoted : .plain
        let word = ManifestEdit.Value.text(key).written(like: style, isInFlow: true)
        let pair = word + ": " + value.written(like: style, isInFlow: true)
        guard let last = entries.last else {
            splice(mapping.range.lowerBound + 1..<mapping.range.lowerBound + 1, pair)
            return
        }
        let (start, end) = (last.key.range.lowerBound, max(last.value.range.upperBound, last.key.range.upperBound))
        let margin = startOfLine(start)
        let isOnItsOwn = margin > mapping.range.lowerBound && isSpace(margin..<start)
        let gap = isOnItsOwn ? lineBreak(at: end) + String(decoding: bytes[margin..<start], as: UTF8.self) : " "
        splice(end..<end, "," + gap + pair)
    }

    /// Inserts a line after a block mapping's last field: `a:`, `  b: value` for the path a, b.
    private mutating func insertLines(_ mapping: SourceNode, _ keys: [String], _ value: ManifestEdit.Value) {
        guard case .mapping(let entries) = mapping.content, let first = entries.first else { return }
        let column = first.key.range.lowerBound - startOfLine(first.key.range.lowerBound)
        let end = mapping.range.upperBound
        let newline = lineBreak(at: end)
        var lines: [String] = []
        for (depth, key) in keys.enumerated() {
            let margin = String(repeating: " ", count: column + depth * indentation)
            let word = ManifestEdit.Value.text(key).written(like: .plain, isInFlow: false)
            lines.append(margin + word + ":")
        }
        let text = lines.joined(separator: newline) + " " + value.written(like: .plain, isInFlow: false)
        if isAtLineStart(end) {
            splice(end..<end, text + newline)
        } else {
            let place = endOfLine(end)
            splice(place..<place, newline + text)
        }
    }

    /// Spaces that a level is indented by, as the document does it.
    private var indentation: Int {
        guard case .mapping(let entries) = root.content else { return 2 }
        for entry in entries where entry.value.style == .block {
            let start = entry.value.range.lowerBound
            let column = start - startOfLine(start)
            if case .mapping = entry.value.content, (1...16).contains(column) { return column }
        }
        return 2
    }

    // MARK: Lines

    func isBreak(_ index: Int) -> Bool { bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r") }

    func isSpace(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 == UInt8(ascii: " ") } }

    func isAtLineStart(_ offset: Int) -> Bool { offset > 0 && isBreak(offset - 1) }

    func startOfLine(_ offset: Int) -> Int {
        var start = offset
        while start > 0, !isBreak(start - 1) { start -= 1 }
        return start == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : start
    }

    /// Where the line's break begins, or the end of the file.
    func endOfLine(_ offset: Int) -> Int {
        var end = offset
        while end < bytes.count, !isBreak(end) { end += 1 }
        return end
    }

    /// Where the next line begins.
    func nextLine(_ offset: Int) -> Int {
        let end = endOfLine(offset)
        if end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\r"), bytes[end + 1] == UInt8(ascii: "\n") {
            return end + 2
        }
        return min(end + 1, bytes.count)
    }

    /// The break that ends a line, or the file's first one.
    func lineBreak(at offset: Int) -> String {
        let offset = max(0, offset)
        for end in [endOfLine(offset), endOfLine(0)] where end < bytes.count {
            return String(decoding: bytes[end..<nextLine(end)], as: UTF8.self)
        }
        return "\n"
    }

    /// Whole lines from one that begins at `start` to the one that `end` stands in. Of a last line without a break,
    /// the break before goes, so that the file ends as it did.
    func lines(from start: Int, to end: Int) -> Range<Int> {
        if isAtLineStart(end), end > start { return start..<end }
        let next = nextLine(end)
        guard next == bytes.count, next == endOfLine(end) else { return start..<next }
        var before = start
        if before > 0, isBreak(before - 1) { before -= 1 }
        if before > 0, bytes[before] == UInt8(ascii: "\n"), bytes[before - 1] == UInt8(ascii: "\r") { before -= 1 }
        return before..<next
    }
}
