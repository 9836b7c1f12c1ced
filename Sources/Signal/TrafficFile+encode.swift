extension TrafficFile {
    /// The file's bytes: a line for each field, always in the same order, so that `git diff` shows what changed.
    public var json: [UInt8] {
        var lines = [
            member("version", "\(Self.version)"), member("application", quote(application)),
            member("environment", quote(environment)), member("epoch", "\(epoch)"), member("sequence", "\(sequence)"),
            member("generation", "\(generation)"),
        ]
        for (key, text) in [("revision", revision), ("stage", stage), ("release", release)] {
            if let text { lines.append(member(key, quote(text))) }
        }
        lines.append(member("weights", weights.map(counts) ?? "null"))
        let standing = Side.allCases.compactMap { side in
            sides[side].map { standing in
                "    \(quote(side.rawValue)): {\"namespace\": \(quote(standing.namespace)), "
                    + "\"version\": \(quote(standing.version))}"
            }
        }
        if !standing.isEmpty { lines.append(member("sides", block(standing))) }
        if !actives.isEmpty {
            let sorted = actives.sorted { $0.key < $1.key }
            lines.append(member("actives", block(sorted.map { "    \(quote($0.key)): \(counts($0.value))" })))
        }
        if let rejecting {
            lines.append(
                member(
                    "rejecting",
                    "{\"digest\": \(quote(rejecting.digest)), \"introduced\": \(quote(rejecting.introduced))}"))
        }
        lines.append(member("writtenAt", quote(writtenAt)))
        return Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
    }

    private func member(_ key: String, _ value: String) -> String { "  \"\(key)\": \(value)" }

    private func counts(_ counts: PerSide<Int>) -> String { "{\"flip\": \(counts.flip), \"flop\": \(counts.flop)}" }

    private func block(_ lines: [String]) -> String { "{\n\(lines.joined(separator: ",\n"))\n  }" }
}
