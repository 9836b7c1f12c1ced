import ArgumentParser
import Core

/// The release that a request is meant for: a line that is pasted again later is for no other.
struct MeantRelease: ParsableArguments {
    /// Digits of a digest that tell it from others.
    private static let digits = 7

    @Option(
        name: .customLong("release"),
        help: "Only if it is about this release: its version, or at least 7 digits of its digest.")
    var meant: String?

    /// Refuses what is about another release.
    func check(_ name: ApplicationName, _ version: String, _ digest: Digest) throws(Refusal) {
        guard let meant, meant != version else { return }
        if meant.count >= Self.digits, digest.description.hasPrefix(meant) { return }
        throw Refusal(
            "\(name) \(Terminal.brief(meant)) is not what is in flight: \(version) is",
            advice: "if that is what you mean, give --release \(Place.quoted(version))")
    }

    func check(_ rollout: RolloutInFlight) throws(Refusal) {
        try check(rollout.name, rollout.version, rollout.attempt.digest)
    }
}
