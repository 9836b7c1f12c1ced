import Basics
package import Core

/// The text of a request, as a file of the requests branch holds it.
///
/// A file says what is asked and of which attempt. Who asks is never a field: that is the author of the commit.
package enum RequestCoding {
    /// A file's longest, in bytes.
    package static let limit = 64 << 10
    /// A reason's longest, in characters; what is longer is cut.
    package static let reasonLimit = 500

    /// The request as YAML.
    package static func yaml(_ request: Request) -> String {
        let fields = Fields(
            apiVersion: ManifestDecoder.apiVersion, verb: request.verb.rawValue, application: request.application,
            attempt: request.attempt, stage: request.stage, gate: request.gate, full: request.isFull ? true : nil,
            reason: request.reason.map(Self.line))
        let encoder = NodeEncoder()
        // Encoding into memory fails only where a type refuses its own value, which none of these does.
        do { try encoder.encodeRoot(fields) } catch { return "# \(error)\n" }
        return (encoder.box.node ?? .map([])).yaml
    }

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 text, at most ``limit`` bytes.
    ///   - path: where it stands on the branch; it becomes the request's id.
    ///   - author: who committed it.
    ///   - isVerified: whether that commit's signature was checked.
    /// - Returns: the request.
    /// - Throws: a sentence, where this is none.
    package static func decode(
        _ bytes: [UInt8], at path: String, by author: String, isVerified: Bool
    ) throws(StatusError) -> Request {
        guard bytes.count <= limit else { throw refusal("larger than \(limit / 1024) KiB") }
        let node = try StatusCoding.readNode(bytes)
        guard case .map(let entries) = node else { throw refusal("is not a mapping") }
        var seen: Set<String> = []
        for (key, _) in entries {
            guard Fields.CodingKeys(stringValue: key) != nil else {
                let known = Fields.CodingKeys.allCases.map(\.rawValue)
                let hint = Suggestion.nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
                throw refusal("the field \"\(line(key))\" is not known\(hint)")
            }
            guard seen.insert(key).inserted else { throw refusal("the field \"\(key)\" stands there twice") }
        }
        let fields: Fields
        do {
            fields = try Fields(from: NodeDecoder(node: node, path: []))
        } catch let error as DecodingError {
            throw refusal(StatusCoding.describe(error))
        } catch {
            throw refusal("\(error)")
        }
        return try request(fields, path, author, isVerified)
    }

    private static func request(
        _ fields: Fields, _ path: String, _ author: String, _ isVerified: Bool
    ) throws(StatusError) -> Request {
        if let version = fields.apiVersion, version != ManifestDecoder.apiVersion {
            throw refusal("apiVersion is not \(ManifestDecoder.apiVersion)")
        }
        guard let verb = Request.Verb(rawValue: fields.verb) else {
            let known = Request.Verb.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal("\"\(line(fields.verb))\" is not one of \(known)")
        }
        for (key, name) in [("stage", fields.stage), ("gate", fields.gate), ("application", fields.application)] {
            if let name, !isLabel(name) { throw refusal("\(key) is not a name") }
        }
        if let attempt = fields.attempt {
            let isRevision = !attempt.introduced.isEmpty && attempt.introduced.utf8.count <= 64
            guard isRevision, attempt.introduced.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                throw refusal("attempt.introduced is not a commit")
            }
            if let retry = attempt.retry, retry < 1 { throw refusal("attempt.retry is less than 1") }
        }
        let isFull = fields.full ?? false
        if let application = fields.application {
            guard path.hasPrefix(application + "/") else {
                throw refusal("is about \(application), and does not stand in a folder of that name")
            }
            guard fields.attempt != nil else { throw refusal("attempt is missing") }
        } else {
            guard verb == .pause else { throw refusal("application is missing") }
            guard path == Request.fleetPausePath else {
                throw refusal("a pause of the fleet stands in \(Request.fleetPausePath)")
            }
        }
        if isFull, verb != .promote { throw refusal("full goes with promote") }
        if verb == .approve || (verb == .promote && !isFull), fields.stage == nil { throw refusal("stage is missing") }
        if verb == .approve, fields.gate == nil { throw refusal("gate is missing") }
        return Request(
            id: path, verb: verb, application: fields.application, attempt: fields.attempt, stage: fields.stage,
            gate: fields.gate, isFull: isFull, reason: fields.reason.map(line).flatMap { $0.isEmpty ? nil : $0 },
            by: author, isVerified: isVerified)
    }

    private static func refusal(_ message: String) -> StatusError { StatusError(message: message, line: 1, column: 1) }

    private static func isLabel(_ name: String) -> Bool {
        var name = name
        return name.utf8.count <= 63
            && name.withUTF8 { bytes in
                let isInner = { (byte: UInt8) in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                }
                return bytes.allSatisfy(isInner) && bytes.first != nil && bytes.first != UInt8(ascii: "-")
                    && bytes.last != UInt8(ascii: "-")
            }
    }

    /// On one line, without what a terminal would obey, and not too long: it ends up in statuses and commits.
    package static func line(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(4 * reasonLimit) {
            result.unicodeScalars.append(PlainText.isSeen(scalar) ? scalar : " ")
        }
        let words = result.split(separator: " ").joined(separator: " ")
        return words.count > reasonLimit ? words.prefix(reasonLimit) + "…" : words
    }

    private struct Fields: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case apiVersion, verb, application, attempt, stage, gate, full, reason
        }

        var apiVersion: String?
        var verb: String
        var application: ApplicationName?
        var attempt: Attempt?
        var stage: String?
        var gate: String?
        var full: Bool?
        var reason: String?
    }
}
