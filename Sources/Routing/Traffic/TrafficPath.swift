/// Where in a repository the traffic files are: a path with the application's name left open.
package struct TrafficPath: Hashable, Sendable, CustomStringConvertible {
    private let before: String
    private let after: String

    private static let mark = "{application}"

    /// `traffic/{application}.json`
    package static let standard = TrafficPath(before: "traffic/", after: ".json")

    private init(before: String, after: String) {
        self.before = before
        self.after = after
    }

    /// - Returns: nil unless the text is a relative path with `{application}` in it, once.
    package init?(_ text: String) {
        let parts = text.split(separator: Self.mark, omittingEmptySubsequences: false)
        guard parts.count == 2, !text.hasPrefix("/"), !text.hasSuffix("/") else { return nil }
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ !["", ".", "..", ".git"].contains($0.lowercased()) }) else { return nil }
        before = String(parts[0])
        after = String(parts[1])
    }

    package var description: String { before + Self.mark + after }

    /// The path of an application's file.
    package func callAsFunction(_ application: String) -> String { before + application + after }

    /// The application whose file stands at a path; nil where it is no application's.
    package func application(at path: String) -> String? {
        guard path.hasPrefix(before), path.hasSuffix(after), path.utf8.count > before.utf8.count + after.utf8.count
        else { return nil }
        let name = path.dropFirst(before.count).dropLast(after.count)
        return name.contains("/") ? nil : String(name)
    }

    /// The deepest folder that holds them all; `""` is the root.
    package var folder: String {
        before.lastIndex(of: "/").map { String(before[..<$0]) } ?? ""
    }
}
