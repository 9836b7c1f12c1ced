/// A branch that keeps another from being made: git keeps references as files and folders, so `sluice` and
/// `sluice/status/default` cannot be side by side.
enum NameInTheWay {
    /// The references whose names are folders of this one's: `refs/heads/a` and `refs/heads/a/b` of `refs/heads/a/b/c`.
    static func above(_ reference: String) -> [String] {
        let parts = reference.split(separator: "/")
        guard parts.count > 3 else { return [] }
        return (3..<parts.count).map { parts[..<$0].joined(separator: "/") }
    }

    /// Which of a remote's references is in the way of one that is not there yet.
    static func find(of reference: String, among names: some Collection<String>) -> String? {
        let above = above(reference)
        return names.first { above.contains($0) || $0.hasPrefix(reference + "/") }
    }

    /// Says so, and how it is moved out of the way.
    static func reason(_ other: String, _ reference: String, _ remote: Remote) -> String {
        let short = { (name: String) in name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name }
        let address = remote.url.contains { " '\"$&;()".contains($0) } ? "'\(remote.url)'" : remote.url
        let aside = short(other).replacing("/", with: "-") + "-moved"
        return "a branch named '\(Redaction.clean(short(other)))' is in the way of '\(short(reference))', since git "
            + "keeps branches as files and folders; move it, from a clone that has it: "
            + "git push \(address) origin/\(Redaction.clean(short(other))):refs/heads/\(Redaction.clean(aside)) "
            + ":\(Redaction.clean(other))"
    }
}
