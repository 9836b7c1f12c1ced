/// How a new version arrives: the ladder of stages, and what surrounds it.
package struct Strategy: Hashable, Sendable, Codable {
    /// Percent of full capacity that stands ready before the first traffic, 0…100.
    package var prescale: Int
    /// Percent of need that total capacity may exceed at any moment of a rollout, 0…100. At least one replica is
    /// always granted, or an application of one replica could never move.
    package var surge: Int
    /// At least one; weights rise, and the last is 100.
    package var stages: [Stage]
    /// How long a stage may take to make its weight, and then how long past its hold for its gates to pass. Paused
    /// time is not counted.
    package var progressDeadline: Span
    package var onFailure: OnFailure
    /// Weights that the candidate passes through on its way back, falling; the last is 0.
    package var rollbackStages: [Int]
    package var retention: Retention
    package var onNewVersion: OnNewVersion

    package struct Stage: Hashable, Sendable, Codable {
        package var name: String
        /// Percent on the candidate, 0…100.
        package var weight: Int
        /// How long the weight is held before the next stage.
        package var hold: Span
        /// Names of Gates.
        package var gates: [String]

        package init(name: String, weight: Int, hold: Span = .zero, gates: [String] = []) {
            self.name = name
            self.weight = weight
            self.hold = hold
            self.gates = gates
        }
    }

    package enum OnFailure: String, Hashable, Sendable, CaseIterable, Codable {
        case rollback, hold
        /// Rollback, and a commit that restores the stable release in the manifest.
        case revert
    }

    package struct Retention: Hashable, Sendable, Codable {
        /// How long the old side stays for a rapid rollback.
        package var time: Span
        /// Percent of full capacity that the old side keeps, 0…100; at least one replica of each component.
        package var capacity: Int

        package init(time: Span, capacity: Int) {
            self.time = time
            self.capacity = capacity
        }
    }

    package enum OnNewVersion: String, Hashable, Sendable, CaseIterable, Codable {
        /// The rollout in flight goes back and the new version takes its side.
        case replace
        /// The rollout in flight finishes first; of several waiting versions the latest counts.
        case queue
    }

    package init(
        prescale: Int = 25,
        surge: Int = 25,
        stages: [Stage],
        progressDeadline: Span = .minutes(20),
        onFailure: OnFailure = .rollback,
        rollbackStages: [Int] = [0],
        retention: Retention = Retention(time: .hours(24), capacity: 25),
        onNewVersion: OnNewVersion = .replace
    ) {
        self.prescale = prescale
        self.surge = surge
        self.stages = stages
        self.progressDeadline = progressDeadline
        self.onFailure = onFailure
        self.rollbackStages = rollbackStages
        self.retention = retention
        self.onNewVersion = onNewVersion
    }

    /// What an Application without a `rollout.strategy` gets.
    package static let standard = Strategy(stages: [
        Stage(name: "canary", weight: 1, hold: .minutes(2)),
        Stage(name: "early", weight: 10, hold: .minutes(5)),
        Stage(name: "half", weight: 50, hold: .minutes(5)),
        Stage(name: "full", weight: 100, hold: .minutes(10)),
    ])
}
