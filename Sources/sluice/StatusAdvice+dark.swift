import Core
import Git
import Manifests

extension Status {
    /// The release that waits dark, or is on its way to; nil where there is none.
    var dark: Placement? {
        guard stage == nil, rollback == nil, removal == nil, stable != nil || phase == .healthy,
            let candidate, candidate.state == .inactive
        else { return nil }
        return candidate
    }

    /// What a dark release does: `1.1.0 waits dark on flop`; nil where there is none.
    func darkWords(at now: Instant) -> String? {
        guard let dark else { return nil }
        let version = dark.release.release.version
        let side = dark.side.rawValue
        guard let clock = bringUp else { return "\(version) waits dark on \(side)" }
        return clock.isOver(at: now)
            ? "\(version) does not come up dark on \(side)" : "\(version) is brought up dark on \(side)"
    }
}

extension StatusAdvice {
    /// What comes of a release that waits dark; nil where there is none.
    static func nextOfDark(_ status: Status, _ now: Instant) -> String? {
        guard let dark = status.dark else { return nil }
        let version = dark.release.release.version
        guard let clock = status.bringUp else { return "nothing, until a commit activates \(version) or drops it" }
        if clock.isOver(at: now) { return "nothing, unless \(version) comes up after all; a commit drops it" }
        return "\(version) waits dark, once it is ready" + StatusText.failing(clock, now)
    }

    /// How a release that waits dark is made to serve, and how it is dropped.
    static func aboutDark(_ status: Status, _ reading: FleetStatus) async throws -> [Way] {
        guard let dark = status.dark, let declared = reading.declared,
            let application = declared.fleet.applications[status.application]?.application,
            application.activation == .inactive, application.release.digest == dark.release.digest
        else { return [] }
        let commit = try await declared.revert(
            of: status.application,
            to: { old, new in
                var active = new
                active.activation = .active
                return active == old
            })
        let activate = Way(
            name: "activate", command: commit.map { declared.reverting($0) },
            text: "take activation: inactive out of its manifest, and push")
        guard let stable = status.stable else { return [activate] }
        let version = stable.release.release.version
        let command = try await declared.dropping(status)
        return [
            activate,
            Way(
                name: "drop", command: command,
                text: command == nil
                    ? "declare \(version) in its manifest, without activation: inactive, and push"
                    : "declares \(version) alone, which serves"),
        ]
    }
}

extension Declared {
    /// What a shell of a clone takes to drop a release that waits dark: the revert of its commit, where that does nothing
    /// else; nil where it takes a hand, and where there is none.
    func dropping(_ status: Status) async throws -> String? {
        guard status.dark != nil, let stable = status.stable,
            let commit = try await revert(of: status.application, to: stable.release.digest, besides: nil)
        else { return nil }
        return reverting(commit)
    }

    /// The same in words, for whoever asked for something else.
    func droppingAdvice(_ status: Status) async throws -> String? {
        guard let dark = status.dark, let stable = status.stable else { return nil }
        let version = dark.release.release.version
        if let command = try await dropping(status) { return "to drop \(version), in a clone: \(command)" }
        return "to drop \(version) declare \(stable.release.release.version) in its manifest, without activation: "
            + "inactive, and push"
    }
}
