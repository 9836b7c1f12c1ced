/// A branch's name, as git takes one.
package enum BranchName {
    /// Whether a branch can have this name: no revision, no option, no pattern.
    package static func isUsable(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return !text.hasPrefix("-") && text != "@" && !text.hasSuffix(".") && !text.contains("..")
            && !text.contains("@{") && !text.contains { $0.isWhitespace || "~^:?*[\\".contains($0) }
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
    }
}
