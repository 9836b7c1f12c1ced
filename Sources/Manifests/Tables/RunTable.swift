internal import Core

extension Form where Value == Run {
    /// What a component runs.
    static let run: Form = {
        let table = Table<RunDraft>(
            "run", "What a component runs, typed by platform.", exclusive: [["simulated", "process"]],
            [
                Field("simulated", simulated, "A process that the embedded simulator plays.") {
                    $0.run = .simulated($1)
                },
                Field("process", .process, "Real processes of the daemon's machine.") { $0.run = .process($1) },
            ])
        return table.form {
            RunDraft()
        } make: { draft in
            draft.run
        }
    }()

    private static let simulated = Table<SimulatedRun>(
        "simulated", "How the embedded simulator plays a component's process.",
        [
            Field("startTime", .duration(), "Median time from creation to readiness.", standard: "5s") {
                $0.startTime = $1
            },
            Field(
                "capacity", .integer(1...1_000_000),
                "Requests or messages a second that one ready replica carries at its rated latency.", standard: "50"
            ) { $0.capacity = $1 },
            Field("latency", .duration(), "Median latency of a lightly loaded replica.", standard: "20ms") {
                $0.latency = $1
            },
            Field(
                "drainTime", .duration(), "Longest time that a request in flight takes to finish.", standard: "5s"
            ) { $0.drainTime = $1 },
            Field("faults", fault.list(0...8), "Ways in which this version is bad.", standard: "[]") {
                $0.faults = $1
            },
        ]
    ).form { SimulatedRun() }

    private static let fault: Form<SimulatedFault> = {
        let errors = Table<FaultDraft>(
            "errors", "Requests fail.",
            [
                Field("rate", .perMille, "Share of a replica's requests that fail.", required: true) { $0.rate = $1 },
                Field("after", .duration(), "Time from a replica's readiness on.", standard: "0s") { $0.after = $1 },
            ]
        ).form {
            FaultDraft()
        } make: {
            SimulatedFault.errors(perMille: $0.rate, after: $0.after)
        }
        let slow = Table<FaultDraft>(
            "slow", "Requests take longer.",
            [
                Field("factor", .factor, "What latency is multiplied by.", required: true) { $0.rate = $1 },
                Field("after", .duration(), "Time from a replica's readiness on.", standard: "0s") { $0.after = $1 },
            ]
        ).form {
            FaultDraft()
        } make: {
            SimulatedFault.slow(percent: $0.rate, after: $0.after)
        }
        let leak = Table<FaultDraft>(
            "leak", "A replica leaks until it crashes, and then starts again.",
            [
                Field("after", .duration(least: .milliseconds(1)), "Time from readiness to the crash.", required: true)
                { $0.after = $1 }
            ]
        ).form {
            FaultDraft()
        } make: {
            SimulatedFault.leak(after: $0.after)
        }
        let overload = Table<FaultDraft>(
            "overload", "Requests fail while replicas have much to do.",
            [
                Field("rate", .perMille, "Share of requests that fail then.", required: true) { $0.rate = $1 },
                Field("above", .percent(0...100), "How far a replica's capacity has to be used for it.", required: true)
                { $0.above = $1 },
            ]
        ).form {
            FaultDraft()
        } make: {
            SimulatedFault.overload(perMille: $0.rate, above: $0.above)
        }
        let historical = Table<FaultDraft>(
            "historical", "Requests fail of a kind that only replayed and real ones have.",
            [Field("rate", .perMille, "Share of real requests that are of this kind.", required: true) { $0.rate = $1 }]
        ).form {
            FaultDraft()
        } make: {
            SimulatedFault.historical(perMille: $0.rate)
        }
        return Table<FaultDraft>(
            "fault", "A way in which a simulated version is bad.",
            exclusive: [["crashOnStart", "errors", "slow", "leak", "overload", "historical"]],
            [
                Field("crashOnStart", .yes, "Replicas crash before they become ready.") { draft, _ in
                    draft.fault = .crashOnStart
                },
                Field("errors", errors, "Requests fail.") { $0.fault = $1 },
                Field("slow", slow, "Requests take longer.") { $0.fault = $1 },
                Field("leak", leak, "A replica crashes, again and again.") { $0.fault = $1 },
                Field("overload", overload, "Requests fail under load.") { $0.fault = $1 },
                Field("historical", historical, "Requests fail that no written smoke test asks.") { $0.fault = $1 },
            ]
        ).form {
            FaultDraft()
        } make: {
            $0.fault
        }
    }()
}

private struct RunDraft {
    var run: Run?
}

private struct FaultDraft {
    var fault: SimulatedFault?
    var rate = 0
    var above = 0
    var after = Span.zero
}

extension Table {
    /// The mapping as a form whose fields together cannot be wrong.
    func form<Value>(
        _ draft: @escaping @Sendable () -> Draft, make: @escaping @Sendable (Draft) -> Value?
    ) -> Form<Value> {
        form(draft) { draft, _, _ in make(draft) }
    }
}

extension Form where Value == Bool {
    /// `true`, and nothing else.
    static let yes = Form(.yes) { reader throws(Stop) in
        if reader.isPlain, reader.isAt("true") { return true }
        reader.wrongType(expected: "true")
        try reader.skip()
        return nil
    }
}
