internal import Core

/// A bound as written. What it means depends on the metric.
private struct Threshold {
    enum Unit {
        case percent, milliseconds, plain
    }
    /// In the metric's unit times 1000.
    var milli: Int64
    var unit: Unit
}

private struct AnalysisDraft {
    var metric = Analysis.Metric.errorRate
    var bounds: [Marked<(threshold: Threshold, isMax: Bool)>] = []
    var analysis = Analysis(metric: .errorRate, criterion: .stable)
}

extension Form where Value == Analysis {
    static let analysis = Table<AnalysisDraft>(
        "analysis", "A metric, measured again and again, held against a threshold or against the stable side.",
        exclusive: [["max", "min", "noWorseThan"]],
        [
            Field(
                "metric", .metric,
                "`errorRate` (share of requests that fail) and `latency` (99th percentile) as the platform measures them; "
                    + "`{query: …}` or `{share: …}` in PromQL.",
                required: true
            ) { $0.metric = $1 },
            Field(
                "max", Form<Threshold>.threshold.marked,
                "At most this: `1%` for errorRate and a share, `250ms` for latency, a number for a query."
            ) { $0.bounds.append(Marked(($1.value, true), at: $1.mark)) },
            Field("min", Form<Threshold>.threshold.marked, "At least this.") {
                $0.bounds.append(Marked(($1.value, false), at: $1.mark))
            },
            Field("noWorseThan", .stable, "No worse than the stable side over the same window.") { _, _ in },
            Field("interval", .duration(least: .seconds(1)), "Time between measurements.", standard: "30s") {
                $0.analysis.interval = $1
            },
            Field("count", .integer(1...1000), "Measurements that make a verdict.", standard: "3") {
                $0.analysis.count = $1
            },
            Field("failureLimit", .integer(0...1000), "Failed measurements that are forgiven.", standard: "0") {
                $0.analysis.failureLimit = $1
            },
            Field(
                "inconclusiveLimit", .integer(0...1000), "Inconclusive measurements in a row that are forgiven.",
                standard: "3"
            ) { $0.analysis.inconclusiveLimit = $1 },
            Field(
                "onInconclusive", .choice,
                "When more in a row were inconclusive: `hold` the stage for a person or better measurements, or `fail`.",
                standard: "hold"
            ) { $0.analysis.onInconclusive = $1 },
            Field(
                "minimumSamples", .integer(1...1_000_000_000),
                "Requests on the candidate that a measurement needs (of a query: values since the weight is held, one an "
                    + "interval, or pairs of them). Left out: what the criterion itself needs."
            ) { $0.analysis.minimumSamples = $1 },
            Field(
                "tolerance", Form<Int>.factor, "How many times the stable side's value still is no worse.",
                standard: "1.25"
            ) { $0.analysis.tolerance = $1 },
            Field(
                "detect", Form<Int>.perMille,
                "The worsening, in percent of the requests, that would have shown by now before no worse is believed.",
                standard: "1%"
            ) { $0.analysis.detect = $1 },
            Field("worse", .choice, "Which values of a query are worse than the stable side's.", standard: "higher") {
                $0.analysis.worse = $1
            },
            Field("prometheus", .url, "The Prometheus that is asked. Left out: the daemon's.") {
                $0.analysis.prometheus = $1
            },
        ]
    ).form {
        AnalysisDraft()
    } make: { draft, _, reader in
        var analysis = draft.analysis
        analysis.metric = draft.metric
        if let bound = draft.bounds.first {
            let (unit, example): (Threshold.Unit, String) =
                switch draft.metric {
                case .errorRate, .share: (.percent, "a percentage such as 1%")
                case .latency: (.milliseconds, "a duration such as 250ms")
                case .query: (.plain, "a number such as 0.95")
                }
            if bound.value.threshold.unit != unit {
                reader.add(.wrongType, at: bound.mark, "a bound on this metric is \(example)")
            }
            let milli = bound.value.threshold.milli
            analysis.criterion = bound.value.isMax ? .max(milli: milli) : .min(milli: milli)
        }
        return analysis
    }
}

extension Form where Value == String {
    fileprivate static let stable = Form(.choice(["stable"])) { reader throws(Stop) in
        if reader.isAt("stable") { return "stable" }
        reader.add(.invalidValue, at: reader.mark, "a metric is compared with \"stable\"", suggestion: "stable")
        try reader.skip()
        return nil
    }
}

extension Form where Value == Analysis.Metric {
    fileprivate static let metric = Form(.either([.choice(["errorRate", "latency"]), promQL.shape])) {
        reader throws(Stop) in
        if reader.kind == .mappingStart { return try promQL.read(&reader) }
        if reader.isAt("errorRate") { return .errorRate }
        if reader.isAt("latency") { return .latency }
        if reader.kind == .scalar {
            let suggestion = Suggestion.nearest(
                to: reader.string(UnsafeBufferPointer(rebasing: reader.scalar.prefix(64))),
                among: ["errorRate", "latency"])
            reader.add(
                .invalidValue, at: reader.mark, "\(reader.echo) is not errorRate, latency or a query",
                suggestion: suggestion)
            return nil
        }
        reader.wrongType(expected: "errorRate, latency or a query")
        try reader.skip()
        return nil
    }

    private static let promQL = Table<Analysis.Metric>(
        "promQL",
        "A metric that Prometheus computes. Places: `{application}`, `{side}`, `{namespace}`, `{component}`, `{version}`, "
            + "and `{window}`, the time since the weight is held.",
        exclusive: [["query", "share"]],
        [
            Field("query", .text, "An expression with one number for an answer.") { $0 = .query($1) },
            Field("share", share, "Two expressions that count.") { $0 = $1 },
        ]
    ).form { .errorRate }

    private static let share = Table<(bad: String, total: String)>(
        "share", "How many of all requests are bad.",
        [
            Field(
                "bad", .text, "Those that fail, or take too long: `sum(increase(…{code=~\"5..\"}[{window}]))`.",
                required: true
            ) { $0.bad = $1 },
            Field("total", .text, "All of them.", required: true) { $0.total = $1 },
        ]
    ).form {
        ("", "")
    } make: { counted, _, _ in
        Analysis.Metric.share(bad: counted.bad, total: counted.total)
    }
}

extension Form where Value == Threshold {
    fileprivate static let threshold = Form(
        .either([
            .number(words: "number"), .text(words: "percent or duration", pattern: "^[0-9.]+(%|[a-z].*)$", limit: 32),
        ])
    ) { reader throws(Stop) in
        guard let bytes = reader.plain(expected: "a percentage, a duration or a number") else {
            try reader.skip()
            return nil
        }
        if let milli = bytes.fixedPoint(places: 3) { return Threshold(milli: milli, unit: .plain) }
        if bytes.last == UInt8(ascii: "%") {
            let number = UnsafeBufferPointer(rebasing: bytes.dropLast())
            if let milli = number.fixedPoint(places: 4) {
                if milli <= 1_000_000 { return Threshold(milli: milli, unit: .percent) }
                reader.add(.outOfRange, at: reader.mark, "\(reader.echo) is more than 100%")
                return nil
            }
        } else if bytes.count <= 32, let span = Span(reader.string(bytes)) {
            return Threshold(milli: span.milliseconds * 1000, unit: .milliseconds)
        }
        reader.add(.invalidValue, at: reader.mark, "\(reader.echo) is not a percentage, a duration or a number")
        return nil
    }
}
