/// Patterns as git's `.gitignore` has them, of one file at the root of what they are about.
///
/// The last pattern that matches decides; what lies in a folder that is ignored is ignored, whatever else is said of it.
package struct IgnoreRules: Hashable, Sendable {
    /// Bytes of a file of patterns.
    package static let fileLimit = 64 << 10
    /// Patterns of a file.
    package static let patternLimit = 1_000
    /// Comparisons of one walk. A pattern of stars can be made to cost a million for one name.
    static let workLimit = 1_000_000_000

    private var patterns: [IgnorePattern] = []

    package init() {}

    /// - Returns: nil where there are more than ``patternLimit`` patterns.
    package init?(_ bytes: [UInt8]) {
        var text = bytes[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let pattern = IgnorePattern(line) else { continue }
            guard patterns.count < Self.patternLimit else { return nil }
            patterns.append(pattern)
        }
    }

    package var isEmpty: Bool { patterns.isEmpty }

    /// Whether what stands at a path is ignored; of what lies in it nothing else is asked.
    ///
    /// `path` lies below the root of the patterns; `work` grows by what it cost.
    func ignores(_ path: some Collection<UInt8>, isFolder: Bool, _ work: inout Int) -> Bool {
        let names = path.split(separator: UInt8(ascii: "/")).map { Array($0) }
        return ignores(names, isFolder: isFolder, &work)
    }

    private func ignores(_ names: [[UInt8]], isFolder: Bool, _ work: inout Int) -> Bool {
        for pattern in patterns.reversed() where isFolder || !pattern.isForFolders {
            if pattern.matches(names, &work) { return !pattern.isNegated }
        }
        return false
    }

    /// Whether the file at a path is ignored, by itself or with a folder that it lies in.
    package func ignores(file path: String) -> Bool {
        if isEmpty { return false }
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        var work = 0
        for count in 1..<max(1, names.count) where ignores(Array(names.prefix(count)), isFolder: true, &work) {
            return true
        }
        return ignores(names, isFolder: false, &work)
    }

    /// Whether the folder at a path is ignored, by itself or with one that it lies in.
    package func ignores(folder path: String) -> Bool {
        if isEmpty { return false }
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        var work = 0
        return (1...max(1, names.count)).contains { ignores(Array(names.prefix($0)), isFolder: true, &work) }
    }
}

/// One line.
private struct IgnorePattern: Hashable, Sendable {
    /// The part between two slashes.
    enum Part: Hashable, Sendable {
        /// Any number of folders.
        case folders
        case name([UInt8])
    }

    var isNegated = false
    var isForFolders = false
    /// Whether it is about the whole path and not the last name alone.
    var isAnchored = false
    var parts: [Part] = []

    /// - Returns: nil for an empty line and a comment.
    init?(_ line: ArraySlice<UInt8>) {
        var text = Self.trimmed(line)
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        if first == UInt8(ascii: "!") {
            isNegated = true
            text = text.dropFirst()
        }
        if text.last == UInt8(ascii: "/") {
            isForFolders = true
            text = text.dropLast()
        }
        isAnchored = text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
        guard !text.isEmpty else { return nil }
        parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
            isAnchored && part.elementsEqual("**".utf8) ? .folders : .name(Array(part))
        }
    }

    /// Without a carriage return and without spaces at the end that no backslash keeps.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        while text.last == UInt8(ascii: " ") {
            let before = text.dropLast()
            let backslashes = before.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            if backslashes % 2 == 1 { break }
            text = before
        }
        return text
    }

    func matches(_ names: [[UInt8]], _ work: inout Int) -> Bool {
        guard let last = names.last else { return false }
        guard isAnchored else {
            guard case .name(let pattern)? = parts.first else { return false }
            return Glob.matches(pattern, last, &work)
        }
        return matches(parts[...], names[...], &work)
    }

    /// Goes back to the last `**` only: what stood before it matched already.
    private func matches(
        _ allParts: ArraySlice<Part>, _ allNames: ArraySlice<[UInt8]>, _ work: inout Int
    ) -> Bool {
        var (part, name) = (allParts.startIndex, allNames.startIndex)
        var again: (part: Int, name: Int)?
        while true {
            work += 1
            if part == allParts.endIndex, name == allNames.endIndex { return true }
            if part < allParts.endIndex {
                switch allParts[part] {
                case .folders:
                    // At the end it is what lies in the folder, and not the folder.
                    if part + 1 == allParts.endIndex { return name < allNames.endIndex }
                    again = (part + 1, name)
                    part += 1
                    continue
                case .name(let pattern):
                    if name < allNames.endIndex, Glob.matches(pattern, allNames[name], &work) {
                        part += 1
                        name += 1
                        continue
                    }
                }
            }
            guard let last = again, last.name < allNames.endIndex else { return false }
            again = (last.part, last.name + 1)
            (part, name) = (last.part, last.name + 1)
        }
    }
}

/// One name against one pattern: `*`, `?`, `[a-z]`, and a backslash that takes a character as it is. Bytes, as git has it.
private enum Glob {
    static func matches(_ pattern: [UInt8], _ name: [UInt8], _ work: inout Int) -> Bool {
        var (p, n) = (0, 0)
        var again: (p: Int, n: Int)?
        while true {
            work += 1
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
                again = (p, n)
                continue
            }
            if n < name.count, p < pattern.count {
                // What is not a pattern matches nothing.
                guard let (isMatch, next) = one(pattern, p, name[n]) else { return false }
                if isMatch {
                    p = next
                    n += 1
                    continue
                }
            } else if n == name.count, p == pattern.count {
                return true
            }
            guard let last = again, last.n < name.count else { return false }
            again = (last.p, last.n + 1)
            (p, n) = (last.p, last.n + 1)
        }
    }

    /// Whether the part of the pattern at `p` takes the byte, and where the next part begins; nil where it is broken.
    private static func one(_ pattern: [UInt8], _ p: Int, _ byte: UInt8) -> (Bool, Int)? {
        switch pattern[p] {
        case UInt8(ascii: "?"): return (true, p + 1)
        case UInt8(ascii: "\\"):
            guard p + 1 < pattern.count else { return nil }
            return (pattern[p + 1] == byte, p + 2)
        case UInt8(ascii: "["): return set(pattern, p + 1, byte)
        default: return (pattern[p] == byte, p + 1)
        }
    }

    /// The set that begins behind a bracket.
    private static func set(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> (Bool, Int)? {
        var p = start
        let isNegated = p < pattern.count && (pattern[p] == UInt8(ascii: "!") || pattern[p] == UInt8(ascii: "^"))
        if isNegated { p += 1 }
        var isIn = false
        var isFirst = true
        while p < pattern.count, isFirst || pattern[p] != UInt8(ascii: "]") {
            isFirst = false
            if pattern[p] == UInt8(ascii: "["), p + 1 < pattern.count, pattern[p + 1] == UInt8(ascii: ":"),
                let end = classEnd(pattern, p + 2)
            {
                guard let holds = isClass(pattern[(p + 2)..<end], byte) else { return nil }
                isIn = isIn || holds
                p = end + 2
                continue
            }
            guard let (low, afterLow) = character(pattern, p) else { return nil }
            p = afterLow
            var high = low
            if p + 1 < pattern.count, pattern[p] == UInt8(ascii: "-"), pattern[p + 1] != UInt8(ascii: "]") {
                guard let (end, afterHigh) = character(pattern, p + 1) else { return nil }
                (high, p) = (end, afterHigh)
            }
            if low <= byte, byte <= high { isIn = true }
        }
        guard p < pattern.count else { return nil }
        return (isIn != isNegated, p + 1)
    }

    private static func character(_ pattern: [UInt8], _ p: Int) -> (UInt8, Int)? {
        guard pattern[p] == UInt8(ascii: "\\") else { return (pattern[p], p + 1) }
        return p + 1 < pattern.count ? (pattern[p + 1], p + 2) : nil
    }

    private static func classEnd(_ pattern: [UInt8], _ start: Int) -> Int? {
        var p = start
        while p + 1 < pattern.count {
            if pattern[p] == UInt8(ascii: ":"), pattern[p + 1] == UInt8(ascii: "]") { return p }
            if pattern[p] == UInt8(ascii: "]") { return nil }
            p += 1
        }
        return nil
    }

    /// Nil: there is no class of the name.
    private static func isClass(_ name: ArraySlice<UInt8>, _ byte: UInt8) -> Bool? {
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        let isLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        let isGraphic = byte > 0x20 && byte < 0x7F
        switch String(decoding: name, as: UTF8.self) {
        case "alnum": return isUpper || isLower || isDigit
        case "alpha": return isUpper || isLower
        case "blank": return byte == 0x20 || byte == 0x09
        case "cntrl": return byte < 0x20 || byte == 0x7F
        case "digit": return isDigit
        case "graph": return isGraphic
        case "lower": return isLower
        case "print": return isGraphic || byte == 0x20
        case "punct": return isGraphic && !(isUpper || isLower || isDigit)
        case "space": return byte == 0x20 || (0x09...0x0D).contains(byte)
        case "upper": return isUpper
        case "xdigit": return isDigit || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
        default: return nil
        }
    }
}
