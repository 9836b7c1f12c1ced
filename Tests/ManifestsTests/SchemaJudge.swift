import Foundation
import Manifests

/// Judges values by a JSON Schema, as far as the manifests' schema makes use of the language. A keyword that it does
/// not know is an error, so that none is passed over.
struct SchemaJudge {
    struct Unknown: Error {
        var keyword: String
    }

    private let root: [String: Any]

    init(_ json: String) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8))
        guard let root = parsed as? [String: Any] else { throw Unknown(keyword: "not an object") }
        self.root = root
    }

    /// Whether the schema accepts a document.
    func accepts(yaml: String) throws -> Bool {
        let node = try Array(yaml.utf8).withUnsafeBytes { try TextNode.read($0) }
        return try judge(Self.value(node), root)
    }

    func accepts(_ value: TextNode, as definition: String, field: String) -> Bool {
        let definitions = root["$defs"] as? [String: Any]
        let table = definitions?[definition] as? [String: Any]
        guard let schema = (table?["properties"] as? [String: Any])?[field] else { return false }
        return (try? judge(Self.value(value), schema)) ?? false
    }

    // MARK: Values

    private enum Value: Equatable {
        case text(String), number(Double), boolean(Bool), null
        case list([Value]), map([String: Value])
    }

    /// What YAML's core schema makes of a value.
    private static func value(_ node: TextNode) -> Value {
        switch node {
        case .text(let text): return .text(text)
        case .bare(let word):
            var text = word
            switch text.withUTF8({ PlainScalar.meaning(of: $0) }) {
            case .null: return .null
            case .boolean: return .boolean(word.lowercased() == "true")
            case .number: return .number(Double(word) ?? .nan)
            case .text: return .text(word)
            }
        case .list(let items): return .list(items.map(value))
        case .map(let entries):
            return .map(Dictionary(entries.map { ($0.key, value($0.value)) }) { first, _ in first })
        }
    }

    private static func constant(_ json: Any?) -> Value {
        if let text = json as? String { return .text(text) }
        if let flag = json as? Bool { return .boolean(flag) }
        return .null
    }

    // MARK: Judging

    private func judge(_ value: Value, _ schema: Any) throws -> Bool {
        if let flag = schema as? Bool { return flag }
        guard let schema = schema as? [String: Any] else { throw Unknown(keyword: "a schema that is no object") }
        for (keyword, argument) in schema where try !holds(keyword, argument, of: value, in: schema) { return false }
        return true
    }

    private func holds(_ keyword: String, _ argument: Any, of value: Value, in schema: [String: Any]) throws -> Bool {
        let bound = (argument as? NSNumber)?.doubleValue ?? .nan
        let list = argument as? [Any] ?? []
        let map = argument as? [String: Any] ?? [:]
        switch keyword {
        case "$schema", "$comment", "$defs", "title", "description", "default", "then", "else": return true
        case "if":
            let branch = try judge(value, argument) ? schema["then"] : schema["else"]
            return try branch.map { try judge(value, $0) } ?? true
        case "$ref":
            let name = (argument as? String)?.split(separator: "/").last.map(String.init) ?? ""
            guard let target = (root["$defs"] as? [String: Any])?[name] else { throw Unknown(keyword: "$ref \(name)") }
            return try judge(value, target)
        case "not": return try !judge(value, argument)
        case "allOf": return try list.allSatisfy { try judge(value, $0) }
        case "anyOf": return try list.contains { try judge(value, $0) }
        case "oneOf": return try list.count { try judge(value, $0) } == 1
        case "const": return value == Self.constant(argument)
        case "enum": return list.contains { value == Self.constant($0) }
        case "type": return isOf(argument as? String ?? "", value)
        case "pattern", "minLength", "maxLength":
            guard case .text(let text) = value else { return true }
            if keyword == "maxLength" { return Double(text.unicodeScalars.count) <= bound }
            return try text.contains(Regex(argument as? String ?? ""))
        case "minimum", "maximum":
            guard case .number(let number) = value else { return true }
            return keyword == "minimum" ? number >= bound : number <= bound
        case "items", "minItems", "maxItems":
            guard case .list(let items) = value else { return true }
            if keyword == "items" { return try items.allSatisfy { try judge($0, argument) } }
            return keyword == "minItems" ? Double(items.count) >= bound : Double(items.count) <= bound
        case "properties", "required", "additionalProperties", "propertyNames", "maxProperties":
            guard case .map(let entries) = value else { return true }
            switch keyword {
            case "properties":
                return try map.allSatisfy { name, inner in try entries[name].map { try judge($0, inner) } ?? true }
            case "required": return list.allSatisfy { entries[$0 as? String ?? ""] != nil }
            case "propertyNames": return try entries.keys.allSatisfy { try judge(.text($0), argument) }
            case "maxProperties": return Double(entries.count) <= bound
            default:
                let known = schema["properties"] as? [String: Any] ?? [:]
                return try entries.allSatisfy { try known[$0.key] != nil || judge($0.value, argument) }
            }
        default: throw Unknown(keyword: keyword)
        }
    }

    private func isOf(_ type: String, _ value: Value) -> Bool {
        switch (type, value) {
        case ("string", .text), ("number", .number), ("boolean", .boolean), ("array", .list), ("object", .map): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}
