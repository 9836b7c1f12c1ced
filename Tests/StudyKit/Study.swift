import Core

/// Generated releases, each under every policy. The same numbers give the same study, in any process.
package struct Study: Sendable {
    package private(set) var trials: [Policy: [Trial]] = [:]

    /// - Parameters:
    ///   - releases: how many; every other one is good.
    ///   - seed: of what they are, and of all chance in them.
    package init(releases: Int, seed: UInt64) {
        for number in 0..<releases {
            let release = StudiedRelease(number, seed: seed)
            for policy in Policy.allCases { trials[policy, default: []].append(Trial(release, policy)) }
        }
    }
}
