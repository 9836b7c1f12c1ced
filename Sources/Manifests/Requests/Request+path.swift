package import Core

extension Request {
    /// Where the pause of the whole fleet stands on the requests branch.
    package static let fleetPausePath = "pause.yaml"

    /// Where a request stands on the branch: one file for each thing that can be asked of an attempt, and of each
    /// person where several are to consent.
    ///
    /// Parts are divided by dots, which no name holds, so that no two requests share a path.
    ///
    /// Without an application or an attempt it is the pause of the fleet. The author tells apart who consents to a gate.
    package static func path(
        _ verb: Verb, of application: ApplicationName?, _ attempt: Attempt?, stage: String? = nil, gate: String? = nil,
        by author: String? = nil
    ) -> String {
        guard let application, let attempt else { return fleetPausePath }
        var name = "\(verb.rawValue)-\(attempt.digest.short)"
        if let retry = attempt.retry { name += "-r\(retry)" }
        var parts = [name, stage, gate].compactMap { $0 }
        if let author { parts.append(String(Digest(of: author.utf8).short.prefix(8))) }
        return "\(application)/\(parts.joined(separator: ".")).yaml"
    }
}
