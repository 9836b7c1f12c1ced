import Core
import Manifests
import Testing

@Suite struct StatusCodingTests {
    private func release(_ version: String) -> DeclaredRelease {
        let release = Release(
            version: version,
            components: [
                Component(
                    name: "api", kind: .service,
                    run: .simulated(
                        SimulatedRun(faults: [
                            .crashOnStart, .errors(perMille: 20, after: .minutes(10)),
                            .slow(percent: 300, after: .zero), .leak(after: .hours(1)),
                            .overload(perMille: 50, above: 60),
                            .historical(perMille: 20),
                        ]))),
                Component(
                    name: "worker", kind: .consumer, run: .simulated(SimulatedRun()),
                    subscriptions: [Subscription(topic: "t", subscription: "s", exclusive: true)]),
            ],
            contract: Contract(accepts: ["t": ["v1", "v2"]], publishes: ["u": ["v1"]]))
        return DeclaredRelease(
            release: release, digest: release.digest, introduced: String(repeating: "0e1", count: 13) + "0",
            replicas: ["worker": 3, "api": 40])
    }

    private var full: Status {
        let at = Instant(milliseconds: 1_767_225_600_123)
        var status = Status(application: "search", observedRevision: "abc", phase: .progressing)
        let stable = Placement(
            side: .flip, namespace: "flip", release: release("4.1.0"), strategy: .standard, revision: "123", weight: 90,
            state: .current, since: at)
        var candidate = stable
        candidate.side = .flop
        candidate.release = release("4.2.0: \"quoted\" \n\u{1b}[31m # no comment")
        status.appliedRevision = "1e9"
        status.stable = stable
        status.candidate = candidate
        status.retained = Retained(placement: stable, until: at + .hours(24), served: true)
        var stage = StageProgress(
            index: 1, name: "early", weight: 10, enteredAt: at, deadline: at + .minutes(20),
            gates: [GateProgress(name: "smoke")])
        stage.gates[0].verdict = .passed
        stage.gates[0].detail = "12 of 12: yes"
        stage.gates[0].measured = "12 of 12"
        stage.gates[0].threshold = "all as expected"
        stage.gates[0].unclear = 2
        stage.gates[0].nextAt = at
        stage.heldSince = at
        stage.holdUntil = at + .minutes(5)
        stage.pausedAt = at
        stage.failure = "no"
        status.stage = stage
        status.rollback = RollbackProgress(reason: .rejected, message: "- not a list", since: at)
        status.removal = Removal(since: at, graceUntil: at)
        status.adopting = "find"
        status.waiting = Waiting(.gate, "error-rate: 3 %, at most 1 %", until: at)
        status.conditions = [
            Condition(type: .ready, status: true, reason: "Serving", message: "null", lastTransitionTime: at)
        ]
        status.rejected = [Rejection(attempt: stable.release.attempt, version: "true", reason: "", at: at)]
        status.history = [HistoryEntry(at: at, revision: "0x10", message: "flop 10% (stage 2/4, 4.2.0)")]
        status.peakCapacity = 125
        return status
    }

    @Test func `every field of a status survives yaml`() throws {
        #expect(try StatusCoding.decode(Array(StatusCoding.yaml(full).utf8)) == full)
    }

    @Test func `every field of a status survives json`() throws {
        #expect(try StatusCoding.decode(Array(StatusCoding.json(full).utf8)) == full)
    }

    @Test func `an empty status survives`() throws {
        let status = Status(application: "a", observedRevision: "")
        #expect(try StatusCoding.decode(Array(StatusCoding.yaml(status).utf8)) == status)
    }

    @Test func `fields that are not known are ignored`() throws {
        let yaml = StatusCoding.yaml(full) + "fromTheFuture:\n  - {a: 1}\n"
        #expect(try StatusCoding.decode(Array(yaml.utf8)) == full)
    }

    @Test func `no truncation or flipped byte of a status file crashes`() {
        let bytes = Array(StatusCoding.yaml(full).utf8)
        var errors = 0
        for index in stride(from: 0, to: bytes.count, by: 7) {
            var flipped = bytes
            flipped[index] ^= 0x15
            for text in [Array(bytes[..<index]), flipped] {
                do { _ = try StatusCoding.decode(text) } catch { errors += 1 }
            }
        }
        #expect(errors > bytes.count / 20)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func `a time is RFC 3339 in UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(Instant(milliseconds: milliseconds)) == text)
        #expect(Timestamp.instant(text) == Instant(milliseconds: milliseconds))
    }
}
