package import Core

/// A strategy with the places of the gates that it names.
package struct DeclaredStrategy: Hashable, Sendable {
    package var strategy: Strategy
    /// Each gate that a stage names, once, where it is named first.
    package var gates: [Marked<String>]
}

private struct StageDraft {
    var name = Marked("", at: .start)
    var weight = Marked(0, at: .start)
    var hold = Span.zero
    var gates: [Marked<String>] = []
}

private struct StrategyDraft {
    var strategy = Strategy(stages: [])
    var stages: [StageDraft] = []
    var rollback: [Marked<Int>] = []
}

extension Form where Value == DeclaredStrategy {
    /// A Strategy's `spec`, and a strategy inline.
    static let strategy = Table<StrategyDraft>(
        "strategy", "How a new version arrives.",
        [
            Field(
                "prescale", .percent(0...100), "Share of full capacity that stands ready before the first traffic.",
                standard: "25%"
            ) { $0.strategy.prescale = $1 },
            Field(
                "surge", .percent(0...100),
                "Total capacity over need, at most, at any moment of a rollout. One replica is always granted.",
                standard: "25%"
            ) { $0.strategy.surge = $1 },
            Field(
                "stages", stage.list(1...32), "The ladder: weights rise, and the last is 100.", required: true
            ) { $0.stages = $1 },
            Field(
                "progressDeadline", .duration(least: .milliseconds(1)),
                "How long a stage may take to make its weight, and then past its hold for its gates to pass.",
                standard: "20m"
            ) { $0.strategy.progressDeadline = $1 },
            Field(
                "onFailure", .choice,
                "What happens when a stage fails: `revert` goes back as `rollback` does, and commits what restores the stable release in the manifest; `hold` stays.",
                standard: "rollback"
            ) { $0.strategy.onFailure = $1 },
            Field("rollback", rollback, "The way back.", standard: "{stages: [0]}") { $0.rollback = $1 },
            Field(
                "retention", retention, "What stays of the old side for a rapid rollback.",
                standard: "{for: 24h, capacity: 25%}"
            ) { $0.strategy.retention = $1 },
            Field(
                "onNewVersion", .choice,
                "`replace` turns a rollout in flight back, `queue` lets it finish; of several the latest counts.",
                standard: "replace"
            ) { $0.strategy.onNewVersion = $1 },
        ]
    ).form {
        StrategyDraft()
    } make: { draft, _, reader in
        if reader.author == .person { draft.judge(&reader) }
        return draft.declared
    }

    private static let stage = Table<StageDraft>(
        "stage", "One step of a strategy.",
        [
            Field("name", Form<String>.name.marked, "Unique in the strategy.", required: true) { $0.name = $1 },
            Field(
                "weight", Form<Int>.integer(0...100).marked,
                "Percent of traffic, or of active consumers, on the new version.",
                required: true
            ) { $0.weight = $1 },
            Field("hold", .duration(), "How long the weight is held before the next stage.", standard: "0s") {
                $0.hold = $1
            },
            Field("gates", Form<String>.name.marked.list(0...16), "Gates that must pass.", standard: "[]") {
                $0.gates = $1
            },
        ]
    ).form {
        StageDraft()
    } make: { draft, _, reader in
        if reader.author == .person { _ = draft.gates.distinct(&reader) }
        return draft
    }

    private static let rollback = Table<[Marked<Int>]>(
        "rollback", "The way back.",
        [
            Field(
                "stages", Form<Int>.integer(0...100).marked.list(1...32),
                "Weights that the new version passes through, falling; the last is 0.", required: true
            ) { $0 = $1 }
        ]
    ).form { [] }

    private static let retention = Table<Strategy.Retention>(
        "retention", "What stays of the old side for a rapid rollback.",
        [
            Field("for", .duration(), "How long it stays.", standard: "24h") { $0.time = $1 },
            Field(
                "capacity", .percent(0...100), "Share of full capacity that it keeps; at least one replica each.",
                standard: "25%"
            ) { $0.capacity = $1 },
        ]
    ).form { Strategy(stages: []).retention }
}

extension StrategyDraft {
    fileprivate var declared: DeclaredStrategy {
        var strategy = strategy
        strategy.stages = stages.map {
            Strategy.Stage(
                name: $0.name.value, weight: $0.weight.value, hold: $0.hold, gates: $0.gates.map(\.value))
        }
        if !rollback.isEmpty { strategy.rollbackStages = rollback.map(\.value) }
        var gates: [Marked<String>] = []
        for gate in stages.lazy.flatMap(\.gates) where !gates.contains(where: { $0.value == gate.value }) {
            gates.append(gate)
        }
        return DeclaredStrategy(strategy: strategy, gates: gates)
    }

    fileprivate func judge(_ reader: inout NodeReader) {
        _ = stages.map(\.name).distinct(&reader)
        var last = -1
        for stage in stages {
            if stage.weight.value <= last {
                reader.add(
                    .stagesNotRising, at: stage.weight.mark,
                    "weights must rise: \"\(stage.name.value)\" has \(stage.weight.value) after \(last)")
            }
            last = stage.weight.value
        }
        if let stage = stages.last, stage.weight.value != 100 {
            reader.add(
                .lastStageNotFull, at: stage.weight.mark,
                "the last stage must have weight 100, \"\(stage.name.value)\" has \(stage.weight.value)")
        }
        for (before, weight) in zip(rollback, rollback.dropFirst()) where weight.value >= before.value {
            reader.add(
                .rollbackNotFalling, at: weight.mark,
                "weights on the way back must fall: \(weight.value) comes after \(before.value)")
        }
        if let last = rollback.last, last.value != 0 {
            reader.add(
                .rollbackNotFalling, at: last.mark, "the way back must end at 0, this one ends at \(last.value)")
        }
    }
}
