import Conformance
import Core
import Gates
import Platforms
import Reconciler
import Simulator
import Synchronization
import TestSupport
import Testing

/// The real engine, loop and evaluators: a release is let through, or turned back, by what answers over HTTP.
@Suite(.timeLimit(.minutes(5))) struct WholeGatesTests {
    /// A repository that declares the first release, and the next one once it is told to.
    private final class TwoReleases: ManifestSource, ManifestFiles {
        private let gates: [Gate]
        private let wanted = Mutex((head: 1, told: 0))

        init(gates: [Gate]) { self.gates = gates }

        func release() { wanted.withLock { $0.head = 2 } }

        func fetch() async -> FetchOutcome {
            let (head, isNew) = wanted.withLock { state in
                defer { state.told = state.head }
                return (state.head, state.told != state.head)
            }
            guard isNew else { return .unchanged }
            let strategy = Strategy(
                stages: [
                    Strategy.Stage(name: "half", weight: 50, hold: .seconds(30), gates: gates.map(\.name)),
                    Strategy.Stage(name: "full", weight: 100),
                ], progressDeadline: WholeGatesTests.never)
            let application = Application(
                name: "search", release: head == 1 ? PlatformConformance.release : PlatformConformance.next,
                replicas: ["api": 4], strategy: .inline(strategy))
            let declaration = Declaration(
                application: application, strategy: strategy,
                gates: Dictionary(gates.map { ($0.name, $0) }, uniquingKeysWith: { $1 }), revision: "r\(head)",
                introduced: "r\(head)")
            return .changed(
                FleetChange(revision: "r\(head)", isComplete: true, declared: [declaration], isFull: head == 1))
        }

        func startOver() async { wanted.withLock { $0.told = 0 } }

        func read(_ path: String, at revision: Revision, limit: Int) async throws(EffectFailure) -> [UInt8] {
            guard revision == "r2" else { throw EffectFailure(.notFound, "\(path) at \(revision)") }
            return Array((1...20).map { "{\"method\": \"GET\", \"path\": \"/search?q=\($0)\"}\n" }.joined().utf8)
        }
    }

    /// Simulated time flies, also while the machine is busy with other tests; no deadline is to pass for that.
    private static let never = Span.hours(10_000)

    /// Transitions of `search` from the first release to where the second one ended.
    private func story(_ gates: [Gate]) async throws -> [StatusUpdate] {
        let simulated = SimulatedPlatform(world(), scale: 200)
        var story: [StatusUpdate] = []
        try await withServer(simulated) { url in
            let platform = try await SimulatorClient(url)
            let manifests = TwoReleases(gates: gates)
            var configuration = EngineConfiguration()
            configuration.effectDeadline = Self.never
            configuration.maxObservationAge = .hours(1)
            configuration.clockTolerance = .hours(1)
            let evaluators = GateEvaluators(
                smokeTest: SmokeTestEvaluator(standardURL: platform.serviceURL, files: manifests),
                analysis: PrometheusAnalysis(address: nil, time: platform.time, platform: platform),
                webhook: WebhookEvaluator(environment: "default"))
            let effects = Effects(
                platform: platform, gates: evaluators, manifests: manifests, statuses: MemoryStatusStore(),
                journal: NoJournal(), time: platform.time, deadline: configuration.effectDeadline)
            let loop = Loop(machine: Engine(configuration: configuration), effects: effects, logger: .noOp)
            let transitions = loop.transitions.listen()
            await withThrowingTaskGroup { group in
                group.addTask { try await loop.run() }
                for await update in transitions {
                    story.append(update)
                    if update.summary.contains("4.2.0 serves"), update.status.rejected.isEmpty {
                        manifests.release()
                        loop.poke()
                    }
                    if update.summary.contains("4.3.0 serves") || !update.status.rejected.isEmpty { break }
                }
                group.cancelAll()
            }
        }
        return story
    }

    @Test func `a release that answers as expected is let through, once the webhook says so`() async throws {
        let asked = Mutex(0)
        let hook = try LoopbackServer { client, _ in
            let count = asked.withLock {
                $0 += 1
                return $0
            }
            LoopbackServer.answer(client, count < 3 ? "409 Conflict" : "200 OK")
        }
        let smoke = SmokeTest(requests: [.init(path: "/healthz", expectBody: "4.3.0")], replay: "replay", rate: 1000)
        let story = try await story([
            Gate(name: "smoke", when: .before, check: .smokeTest(smoke)),
            Gate(name: "hook", when: .before, check: .webhook(Webhook(url: hook.url))),
        ])
        #expect(story.last?.summary == "4.3.0 serves on flop, after 4.2.0", "\(story.map(\.summary))")
        #expect(hook.requests.count == 3)
        #expect(hook.requests.allSatisfy { $0.contains("\"version\":\"4.3.0\"") && $0.contains("\"stage\":\"half\"") })
    }

    @Test func `a release that is bad only for historical queries never gets traffic`() async throws {
        let bad = try LoopbackServer { client, request in
            LoopbackServer.answer(client, request.hasPrefix("GET /search?q=17 ") ? "500 No" : "200 OK")
        }
        let smoke = SmokeTest(url: bad.url, requests: [.init(path: "/healthz")], replay: "replay", rate: 1000)
        let story = try await story([Gate(name: "smoke", when: .before, check: .smokeTest(smoke))])
        let rejection = try #require(story.last?.status.rejected.first, "\(story.map(\.summary))")
        #expect(rejection.version == "4.3.0")
        #expect(rejection.reason.hasPrefix("gate smoke: GET /search?q=17: 500, wanted less than 500"))
        #expect(!story.contains { $0.summary.hasPrefix("flop 50%") })
    }
}
