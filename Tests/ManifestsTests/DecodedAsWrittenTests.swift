import Core
import Manifests
import Testing

/// What a manifest says is what is decoded, field by field.
@Suite struct DecodedAsWrittenTests {
    static let application = """
        apiVersion: sluice.dev/v1
        kind: Application
        metadata: {name: search, renamedFrom: find}
        spec:
          version: "1.10"
          activation: inactive
          suspend: true
          suspendReason: "hot: day"
          sides: [blue, green]
          dependsOn: [index, quota]
          components:
            - name: query-api
              kind: service
              replicas: 40
              run:
                simulated:
                  startTime: 20s
                  capacity: 60
                  latency: 15ms
                  drainTime: 1m30s
                  faults:
                    - crashOnStart: true
                    - errors: {rate: 0.5%, after: 2m}
                    - slow: {factor: 2.5}
                    - leak: {after: 1h}
                    - overload: {rate: 5%, above: 60%}
                    - historical: {rate: 2%}
            - name: indexer
              kind: consumer
              run: {simulated: {}}
              subscriptions:
                - {topic: listings, subscription: search-indexer, exclusive: true}
          contract:
            accepts: {listings: [v2, v1]}
            publishes: {clicks: [v1]}
          rollout: {strategy: canary-lite, until: canary}

        """

    static let gates = """
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: smoke}
        spec:
          smokeTest:
            component: query-api
            url: http://{component}.{namespace}.svc/
            requests:
              - {path: "/?q=a", headers: {Accept: text/html}}
              - method: POST
                path: /
                body: |
                  {}
                expectStatus: 204
                expectBody: "ok"
                maxLatency: 250ms
            replay: replays/search.jsonl
            sample: 7
            rate: 3
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: error-rate}
        spec: {when: before, analysis: {metric: errorRate, max: 0.5%, interval: 10s, count: 5, failureLimit: 1}}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: latency}
        spec: {analysis: {metric: latency, max: 250ms, inconclusiveLimit: 0}}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: cache}
        spec: {analysis: {metric: {query: "hits / gets"}, min: 0.95}}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: same}
        spec: {analysis: {metric: errorRate, noWorseThan: stable}}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: counted}
        spec:
          analysis:
            metric: {share: {bad: 'sum(increase(r{code="500"}[{window}]))', total: "sum(increase(r[{window}]))"}}
            noWorseThan: stable
            onInconclusive: fail
            minimumSamples: 50
            tolerance: 1.5
            detect: 0.5%
            worse: lower
            prometheus: https://prometheus.example
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: hook}
        spec: {webhook: {url: "https://gates.example/check?a=b", timeout: 3s}}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata: {name: release-manager}
        spec: {approval: {count: 2}}

        """

    static let rest = """
        apiVersion: sluice.dev/v1
        kind: Topic
        metadata: {name: listings}
        spec: {partitions: 12, schemas: [v1, "2"], redelivery: {maxDeliveries: 9, ackTimeout: 1m}}
        ---
        apiVersion: sluice.dev/v1
        kind: Topic
        metadata: {name: clicks}
        spec: {schemas: [v1]}
        ---
        apiVersion: sluice.dev/v1
        kind: Namespace
        metadata: {name: flip}
        spec: {platform: simulated, quota: {replicas: 200}}
        ---
        apiVersion: sluice.dev/v1
        kind: Namespace
        metadata: {name: flop}
        spec: {}

        """

    private func decode(_ text: String) -> ManifestFile {
        ManifestDecoder.decode(bytes: Array(text.utf8), path: "m.yaml")
    }

    @Test func anApplication() throws {
        let file = decode(Self.application)
        #expect(file.findings == [])
        #expect(file.documents.map(\.kind) == [.application])
        guard case .application(let declared)? = file.documents.first?.value else {
            Issue.record("not an application")
            return
        }
        let simulated = SimulatedRun(
            startTime: .seconds(20), capacity: 60, latency: .milliseconds(15), drainTime: .seconds(90),
            faults: [
                .crashOnStart, .errors(perMille: 5, after: .minutes(2)), .slow(percent: 250, after: .zero),
                .leak(after: .hours(1)), .overload(perMille: 50, above: 60), .historical(perMille: 20),
            ])
        let release = Release(
            version: "1.10",
            components: [
                Component(name: "query-api", kind: .service, run: .simulated(simulated)),
                Component(
                    name: "indexer", kind: .consumer, run: .simulated(SimulatedRun()),
                    subscriptions: [
                        Subscription(topic: "listings", subscription: "search-indexer", exclusive: true)
                    ]),
            ],
            contract: Contract(accepts: ["listings": ["v1", "v2"]], publishes: ["clicks": ["v1"]]))
        #expect(
            declared.application
                == Application(
                    name: "search", renamedFrom: "find", release: release, activation: .inactive, suspend: true,
                    suspendReason: "hot: day", sides: Sides(flip: "blue", flop: "green"),
                    dependsOn: ["index", "quota"], replicas: ["query-api": 40, "indexer": 1],
                    strategy: .named("canary-lite"), until: "canary"))
        #expect(
            declared.references.map { "\($0.target) \($0.name) \($0.mark.line):\($0.mark.column)" } == [
                "strategy canary-lite 36:23", "until canary 36:43", "dependency index 10:15",
                "dependency quota 10:22", "topic listings 32:19", "accepts listings 34:15", "publishes clicks 35:17",
                "renamedFrom find 3:39",
            ])
    }

    @Test func anApplicationWithNothingButWhatItNeeds() throws {
        let text = """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: shop}
            spec: {version: v1, components: [{name: web, kind: service, run: {simulated: {}}}]}
            """
        let file = decode(text)
        let release = Release(
            version: "v1", components: [Component(name: "web", kind: .service, run: .simulated(SimulatedRun()))])
        let application = Application(name: "shop", release: release, replicas: ["web": 1])
        #expect(
            file.documents.map(\.value) == [.application(DeclaredApplication(application: application, references: []))]
        )
        #expect(file.findings == [])
    }

    @Test func aStrategyInline() throws {
        let rollout = "rollout: {strategy: {stages: [{name: full, weight: 100, gates: [smoke]}]}}"
        let file = decode(Self.application.replacing("rollout: {strategy: canary-lite, until: canary}", with: rollout))
        guard case .application(let declared)? = file.documents.first?.value else {
            Issue.record("not an application: \(file.findings)")
            return
        }
        let stage = Strategy.Stage(name: "full", weight: 100, gates: ["smoke"])
        #expect(declared.application.strategy == .inline(Strategy(stages: [stage])))
        #expect(declared.references.contains { $0.target == .gate && $0.name == "smoke" })
        #expect(!declared.references.contains { $0.target == .strategy })
    }

    @Test func everyKindOfGate() {
        let file = decode(Self.gates)
        #expect(file.findings == [])
        let smoke = SmokeTest(
            component: "query-api", url: "http://{component}.{namespace}.svc/",
            requests: [
                .init(path: "/?q=a", headers: ["Accept": "text/html"]),
                .init(
                    method: "POST", path: "/", body: "{}\n", expectStatus: 204, expectBody: "ok",
                    maxLatency: .milliseconds(250)),
            ], replay: "replays/search.jsonl", sample: 7, rate: 3)
        let expected: [Gate] = [
            Gate(name: "smoke", when: .before, check: .smokeTest(smoke)),
            Gate(
                name: "error-rate", when: .before,
                check: .analysis(
                    Analysis(
                        metric: .errorRate, criterion: .max(milli: 5000), interval: .seconds(10), count: 5,
                        failureLimit: 1))),
            Gate(
                name: "latency", when: .during,
                check: .analysis(
                    Analysis(metric: .latency, criterion: .max(milli: 250_000), inconclusiveLimit: 0))),
            Gate(
                name: "cache", when: .during,
                check: .analysis(Analysis(metric: .query("hits / gets"), criterion: .min(milli: 950)))),
            Gate(
                name: "same", when: .during,
                check: .analysis(Analysis(metric: .errorRate, criterion: .stable))),
            Gate(
                name: "counted", when: .during,
                check: .analysis(
                    Analysis(
                        metric: .share(
                            bad: "sum(increase(r{code=\"500\"}[{window}]))", total: "sum(increase(r[{window}]))"),
                        criterion: .stable, onInconclusive: .fail, minimumSamples: 50, tolerance: 150, detect: 5,
                        worse: .lower, prometheus: "https://prometheus.example"))),
            Gate(
                name: "hook", when: .during,
                check: .webhook(Webhook(url: "https://gates.example/check?a=b", timeout: .seconds(3)))),
            Gate(name: "release-manager", when: .before, check: .approval(Approval(count: 2))),
        ]
        #expect(file.documents.map(\.value) == expected.map { .gate($0) })
    }

    @Test func topicsAndNamespaces() {
        let file = decode(Self.rest)
        #expect(file.findings == [])
        #expect(
            file.documents.map(\.value) == [
                .topic(
                    Topic(
                        name: "listings", partitions: 12, schemas: ["v1", "2"], maxDeliveries: 9,
                        ackTimeout: .minutes(1))),
                .topic(Topic(name: "clicks", schemas: ["v1"])),
                .namespace(Namespace(name: "flip", platform: .simulated, replicaQuota: 200)),
                .namespace(Namespace(name: "flop")),
            ])
        #expect(file.documents.map(\.mark.line) == [1, 6, 11, 16])
    }
}
