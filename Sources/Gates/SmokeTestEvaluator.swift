package import Core
import Evidence
import NIOHTTP1
package import Reconciler

/// Smoke tests over HTTP: the written requests, then a sample of the historical ones, at a bounded rate, until the first
/// that is not answered as expected.
///
/// An answer that differs, or none from somebody who listens, fails the gate. Where nobody listens, and where the test
/// itself cannot be made, the outcome is an error: it is made again, and the stage's deadline goes on.
package struct SmokeTestEvaluator: GateEvaluator {
    /// How long it may take, by the wall's clock.
    package struct Limits: Sendable {
        /// For one request, with its answer.
        package var request = Duration.seconds(10)
        /// For all of them: less than an evaluation is awaited.
        package var test = Duration.seconds(90)

        package init() {}
    }

    /// Requests that are under way at once.
    private static let parallel = 16
    /// The header in which an answer may name the version that gave it.
    package static let versionHeader = "Sluice-Version"

    private let standardURL: String?
    private let files: any ManifestFiles
    private let fallback: (any GateEvaluator)?
    private let limits: Limits

    /// - Parameters:
    ///   - standardURL: where components answer, for tests that do not say; nil where nobody knows.
    ///   - files: where replays are read.
    ///   - fallback: evaluates tests without a URL where there is no standard one.
    ///   - limits: how long it may take.
    package init(
        standardURL: String?, files: any ManifestFiles, fallback: (any GateEvaluator)? = nil, limits: Limits = Limits()
    ) {
        self.standardURL = standardURL
        self.files = files
        self.fallback = fallback
        self.limits = limits
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        guard case .smokeTest(let test) = run.gate.check else { return .unavailable(detail: "this is no smoke test") }
        // Before anything else, and whoever sends them: what is not there has not been tried.
        let requests: [SmokeRequest]
        do throws(EffectFailure) {
            requests = try await self.requests(test, run)
        } catch {
            return .outcome(.error, detail: GateReading(error.message))
        }
        guard !requests.isEmpty else { return .outcome(.inconclusive, detail: "the smoke test holds no requests") }
        guard let template = test.url ?? standardURL else {
            guard let fallback else { return .unavailable(detail: "the smoke test has no \"url\"") }
            return await fallback.evaluate(run)
        }
        guard let component = test.component ?? run.service else {
            return .outcome(.error, detail: "\(run.version) has no service that could be asked")
        }
        var base = run.candidatePlaces(component: component).url(template)
        while base.hasSuffix("/") { base.removeLast() }
        return await send(requests, to: base, rate: test.rate, run)
    }

    private func requests(_ test: SmokeTest, _ run: GateRun) async throws(EffectFailure) -> [SmokeRequest] {
        let written = test.requests.map { SmokeRequest($0) }
        guard let path = test.replay else { return written }
        let bytes = try await files.read(path, at: run.revision, limit: Replay.fileLimit)
        let replayed = try Replay.sample(path, bytes, count: test.sample, for: run.attempt)
        if replayed.isEmpty { throw EffectFailure(.refused, "\(path) holds no requests") }
        return written + replayed.map { SmokeRequest($0) }
    }

    /// What came of one request.
    private enum Outcome: Sendable {
        case asExpected(Duration)
        case differs(String)
        case error(String)
    }

    private func send(_ requests: [SmokeRequest], to base: String, rate: Int, _ run: GateRun) async -> GateResult {
        let side = run.candidate.rawValue
        let start = ContinuousClock.now
        let pause = Duration.seconds(1) / max(1, rate)
        return await withTaskGroup(of: Outcome.self) { group in
            var (sent, answered, slowest, due) = (0, 0, Duration.zero, start)
            while answered < requests.count {
                if sent < requests.count, sent - answered < Self.parallel {
                    try? await Task.sleep(until: due, clock: .continuous)
                    if Task.isCancelled || ContinuousClock.now - start > limits.test {
                        group.cancelAll()
                        return .outcome(
                            .error, detail: "\(answered) of \(requests.count) requests answered in \(limits.test.text)")
                    }
                    let request = requests[sent]
                    group.addTask { await outcome(of: request, at: base, run) }
                    sent += 1
                    // What a slow answer held up is made up for by a few requests only.
                    due = max(due, ContinuousClock.now - pause * Self.parallel) + pause
                    continue
                }
                guard let outcome = await group.next() else { break }
                switch outcome {
                case .asExpected(let latency): (answered, slowest) = (answered + 1, max(slowest, latency))
                case .differs(let how):
                    group.cancelAll()
                    return .outcome(.failed, detail: reading("\(how) on \(side)", answered, requests.count))
                case .error(let why):
                    group.cancelAll()
                    return .outcome(.error, detail: reading(why, answered, requests.count))
                }
            }
            let text = "\(answered) requests answered as expected on \(side), the slowest in \(slowest.text)"
            return .outcome(.passed, detail: reading(text, answered, requests.count))
        }
    }

    private func reading(_ text: String, _ answered: Int, _ count: Int) -> GateReading {
        GateReading(text, measured: "\(answered) of \(count)", threshold: "all as expected")
    }

    private func outcome(of request: SmokeRequest, at base: String, _ run: GateRun) async -> Outcome {
        let answer: GateHTTP.Answer
        do throws(GateHTTP.Trouble) {
            answer = try await GateHTTP.send(request.ask(at: base, timeout: limits.request))
        } catch {
            switch error {
            case .unreachable(let why): return .error("\(request.name) at \(GateAddress(base).shown): \(why)")
            case .noAnswer(let why): return .differs("\(request.name): \(why)")
            }
        }
        if let version = answer.headers.first(name: Self.versionHeader), version != run.version {
            return .error(
                "\(request.name) at \(GateAddress(base).shown): version \(Figure.line(version.utf8)) answers, "
                    + "not \(run.version)")
        }
        if let difference = request.difference(of: answer) { return .differs("\(request.name): \(difference)") }
        return .asExpected(answer.latency)
    }
}
