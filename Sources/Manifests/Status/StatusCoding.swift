package import Core

/// Why a status file could not be read.
package struct StatusError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    /// 1-based; 1 where the position is not known.
    package var line: Int
    package var column: Int
    package var description: String { "\(line):\(column): \(message)" }
}

/// The text of a status, as the status branch holds it and as `--output json` prints it.
///
/// Both have the fields of ``Status`` in the order in which it declares them. Times are RFC 3339 in UTC, durations as
/// manifests write them, digests 64 hex digits. Fields that are not known are ignored, so that an older daemon reads
/// what a newer one wrote.
package enum StatusCoding {
    /// The status as YAML, in block style.
    package static func yaml(_ status: Status) -> String {
        node(status.compact).yaml
    }

    /// The status as one line of JSON.
    package static func json(_ status: Status) -> String {
        node(status.compact).json
    }

    /// Any encodable value in the same form, as YAML in block style.
    package static func yaml(value: some Encodable) -> String {
        node(value).yaml
    }

    /// Any encodable value in the same form, as one line of JSON.
    package static func json(_ value: some Encodable) -> String {
        node(value).json
    }

    /// Reads what ``yaml(_:)`` or ``json(_:)`` wrote. JSON is YAML.
    ///
    /// - Parameter bytes: UTF-8 text, at most 1 MiB.
    /// - Returns: the status.
    /// - Throws: where the text is not YAML, or a field is missing or of another kind.
    package static func decode(_ bytes: [UInt8]) throws(StatusError) -> Status {
        try decode(Status.self, from: bytes).whole
    }

    /// Reads any value that was written in this form; fields that it does not have are ignored.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(StatusError) -> Value {
        let node = try readNode(bytes)
        do {
            return try Value(from: NodeDecoder(node: node, path: []))
        } catch let error as DecodingError {
            throw StatusError(message: describe(error), line: 1, column: 1)
        } catch {
            throw StatusError(message: "\(error)", line: 1, column: 1)
        }
    }

    static func readNode(_ bytes: [UInt8]) throws(StatusError) -> TextNode {
        let result = bytes.withUnsafeBytes { buffer -> Result<TextNode, StatusError> in
            do throws(StatusError) { return .success(try TextNode.read(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func node(_ value: some Encodable) -> TextNode {
        let encoder = NodeEncoder()
        // Encoding into memory fails only where a type refuses its own value, which none of these does.
        do { try encoder.encodeRoot(value) } catch { return .text("\(error)") }
        return encoder.box.node ?? .map([])
    }

    static func describe(_ error: DecodingError) -> String {
        /// The root has no name.
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "" : context.codingPath.map(\.stringValue).joined(separator: ".") + ": "
        }
        return switch error {
        case .keyNotFound(let key, let context):
            "\(place(context))\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(place(context))\(context.debugDescription)"
        @unknown default:
            "\(error)"
        }
    }
}
