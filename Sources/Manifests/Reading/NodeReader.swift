/// Reads the values of one file and gathers what is wrong with them.
///
/// Every function that reads a value finds the reader at the value's first event and leaves it at its last.
struct NodeReader: ~Copyable {
    /// Who wrote the file.
    enum Author {
        /// People: unknown fields and values out of range are findings.
        case person
        /// Sluice itself, maybe a newer one: unknown fields are passed over, ranges are not judged.
        case sluice
    }

    let path: String
    let author: Author
    private var events: EventReader
    private(set) var findings: [Finding] = []
    /// Errors so far, also those beyond ``Bounds/findings``.
    private(set) var errors = 0
    private var isTooDeep = false
    /// Off within documents that belong to others.
    var judgesProperties = false

    init(_ bytes: UnsafeRawBufferPointer, path: String, author: Author) {
        self.path = path
        self.author = author
        events = EventReader(bytes)
    }

    // MARK: Moving

    var kind: EventKind { events.kind }
    var mark: Mark { events.mark }
    var isPlain: Bool { events.isPlain }
    var scalar: UnsafeBufferPointer<UInt8> { events.scalar }
    var hasProperties: Bool { events.hasProperties }

    /// Moves to the next event, and judges aliases, anchors, tags and depth where ``judgesProperties`` says so.
    mutating func next() throws(Stop) {
        do throws(Stop) {
            try events.next()
        } catch {
            let problem = events.problem
            add(problem.code, at: problem.mark, problem.message)
            throw error
        }
        if judgesProperties { judge() }
    }

    mutating func skip() throws(Stop) {
        guard kind == .mappingStart || kind == .sequenceStart else { return }
        let outer = events.depth - 1
        while events.depth > outer { try next() }
    }

    /// Judges the current event as ``next()`` does.
    mutating func judge() {
        if events.kind == .alias {
            add(.alias, at: mark, "aliases are not allowed: write the value out")
            return
        }
        if events.hasProperties {
            if events.hasAnchor {
                add(.anchor, at: mark, "anchors are not allowed: write the value where it is needed")
            }
            if events.hasTag { add(.tag, at: mark, "tags are not allowed") }
        }
        switch events.kind {
        case .scalar where events.scalar.count > Bounds.scalar:
            add(.scalarTooLarge, at: mark, "a value of \(events.scalar.count) bytes is longer than 64 KiB")
        case .mappingStart, .sequenceStart:
            if events.depth <= Bounds.depth {
                isTooDeep = false
            } else if !isTooDeep {
                isTooDeep = true
                add(.tooDeep, at: mark, "values stand in each other more than \(Bounds.depth) deep")
            }
        default: break
        }
    }

    // MARK: Findings

    mutating func add(
        _ code: Finding.Code, at mark: Mark, _ message: String, suggestion: String? = nil,
        severity: Finding.Severity = .error
    ) {
        if severity == .error { errors += 1 }
        if findings.count == Bounds.findings {
            findings.append(
                Finding(
                    path: path, mark: mark, code: .tooManyFindings,
                    message: "there are more than \(Bounds.findings) findings in this file; the rest are left out"))
        }
        guard findings.count < Bounds.findings else { return }
        findings.append(
            Finding(
                path: path, mark: mark, code: code, message: message, suggestion: suggestion, severity: severity))
    }

    /// Says that another kind of value is expected here. An alias was reported already.
    mutating func wrongType(expected: String, suggestion: String? = nil) {
        if kind == .alias { return }
        add(.wrongType, at: mark, "expected \(expected), found \(found)", suggestion: suggestion)
    }

    /// The current value in words.
    var found: String {
        switch kind {
        case .mappingStart: return "a mapping"
        case .sequenceStart: return "a list"
        case .alias: return "an alias"
        default: break
        }
        guard isPlain else { return "the text \(echo)" }
        return switch PlainScalar.meaning(of: scalar) {
        case .null: "nothing"
        case .boolean: "the boolean \(echo)"
        case .number: "the number \(echo)"
        case .text: "\(echo)"
        }
    }

    /// The current scalar as a message may show it: quoted, short, printable.
    var echo: String { Self.echo(scalar) }

    static func echo(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(64), as: UTF8.self)
        let short = text.unicodeScalars.prefix(40)
        return PlainScalar.quoted(String(short) + (short.count < text.unicodeScalars.count ? "…" : ""))
    }
}
