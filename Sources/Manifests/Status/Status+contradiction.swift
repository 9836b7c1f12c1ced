package import Core

extension Status {
    /// What in a record cannot be so, whatever runs: no daemon writes it, and who followed it would wait for what never
    /// comes. nil where there is no such thing.
    package var contradiction: String? {
        func stand(_ side: Side, _ one: String, _ other: String) -> String {
            "\(one) and \(other) both stand on \(side.rawValue)"
        }
        if let candidate, let stable, candidate.side == stable.side {
            return stand(stable.side, "stable", "candidate")
        }
        if let retained, let stable, retained.placement.side == stable.side {
            return stand(stable.side, "stable", "retained")
        }
        if let retained, let candidate, retained.placement.side == candidate.side {
            return stand(candidate.side, "candidate", "retained")
        }
        return adopting == application ? "adopting names the application itself" : nil
    }

    /// What in a record cannot be so beside the others of its branch.
    ///
    /// Whoever takes over a former name has left its tombstone there in the same commit: one that still has a record of
    /// its own is nobody's to take over.
    ///
    /// - Parameter others: the other applications' records, by name.
    /// - Returns: nil where it can be so.
    package func contradiction(among others: [ApplicationName: Status]) -> String? {
        guard let adopting, let former = others[adopting], former.removal?.doneAt == nil else { return nil }
        return "adopting names \(adopting), which has a record of its own that is none of a renamed application"
    }
}
