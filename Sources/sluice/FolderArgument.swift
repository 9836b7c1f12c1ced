import Git

/// A folder of a repository, as somebody writes it: `./production/` is `production`.
enum FolderArgument {
    /// - Returns: the folder as paths of a commit begin with it; `""` is the root.
    static func folder(_ text: String) throws(Failure) -> String {
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.contains("..") else {
            throw Failure(
                "--path \(Terminal.clean(text)) lies outside the repository",
                advice: "give a folder as it stands in the repository: production")
        }
        return parts.joined(separator: "/")
    }
}
