/// Finds what was probably meant by a misspelt word.
package enum Suggestion {
    /// The candidate nearest to `word` by edit distance, where it is near enough to be meant: a third of the word,
    /// at most 3. Case does not count. The first of several equally near.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let folded = Array(word.lowercased().utf8)
        guard folded.count <= 64, !folded.isEmpty else { return nil }
        let limit = min(3, max(1, folded.count / 3))
        var best: (distance: Int, text: String)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - folded.count) <= limit else { continue }
            let distance = distance(folded, other)
            if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.text
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = last
        for i in 1...a.count {
            row[0] = i
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count]
    }
}
