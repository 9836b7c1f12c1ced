package import Core

/// What `sluice init` writes for services, which is what is studied as Sluice's default; a test holds the two together.
package enum DefaultStrategy {
    package static let strategy = Strategy(
        prescale: 25, surge: 25,
        stages: [
            .init(name: "canary", weight: 1, hold: .minutes(2), gates: ["answers", "errors-no-worse", "latency"]),
            .init(name: "early", weight: 10, hold: .minutes(5), gates: ["errors-no-worse", "latency"]),
            .init(name: "half", weight: 50, hold: .minutes(5), gates: ["errors-no-worse"]),
            .init(name: "most", weight: 90, hold: .minutes(20), gates: ["errors-no-worse"]),
            .init(name: "full", weight: 100),
        ])

    package static let gates: [String: Gate] = [
        "answers": Gate(
            name: "answers", when: .before,
            check: .smokeTest(
                SmokeTest(
                    requests: [.init(path: "/healthz", maxLatency: .seconds(1))], replay: "replays/shop.jsonl",
                    sample: 200, rate: 20))),
        "errors-no-worse": Gate(
            name: "errors-no-worse", when: .during,
            check: .analysis(Analysis(metric: .errorRate, criterion: .stable))),
        "latency": Gate(
            name: "latency", when: .during,
            check: .analysis(Analysis(metric: .latency, criterion: .stable, tolerance: 500, detect: 50))),
    ]
}
