import Core
import Testing

/// What of a wait's words is told anew when it changes, and what is not.
@Suite struct ToldWordsTests {
    private static let pause = Request(
        id: "p", verb: .pause, application: nil, attempt: nil, by: "Eve <eve@example.org>")

    private func inFlight() -> Bench {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        return bench
    }

    @Test func `who else pauses it is told although it is paused already`() {
        var bench = inFlight()
        bench.ask(.pause)
        bench.run(.minutes(2))
        #expect(bench.told.last?.status.waiting?.message.contains("paused by Ada <ada@example.org>") == true)
        bench.requests.append(Self.pause)
        bench.run(.minutes(2))
        #expect(
            bench.told.last?.status.waiting?.message.contains(
                "it and the fleet are paused by Ada <ada@example.org> (unverified), and the fleet by Eve") == true)
        bench.requests.removeFirst()
        bench.run(.minutes(2))
        #expect(bench.told.last?.status.waiting?.message.contains("the fleet is paused by Eve") == true)
    }

    @Test func `what a pause keeps from beginning is named`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.requests.append(Self.pause)
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(1))
        #expect(
            bench.told.last?.status.waiting?.message
                .hasPrefix("1.1.0 does not begin: the fleet is paused by Eve") == true)
    }

    @Test func `how many are ready is not told at every change of it`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.requests.append(Self.pause)
        bench.room["1.0.0"] = 3
        bench.run(.minutes(15))
        #expect(
            bench.told.last?.status.waiting?.message.hasPrefix("web 3/4 ready on flip; the fleet is paused") == true)
        let told = bench.told.count
        for ready in [2, 3, 2] {
            bench.room["1.0.0"] = ready
            bench.run(.minutes(10))
        }
        #expect(bench.told.count == told)
    }

    @Test func `a quota that changes is told while one waits for its room, and who has how much of it is not`() {
        func quota(_ replicas: Int) -> [String: Namespace] { ["flip": Namespace(name: "flip", replicaQuota: replicas)] }
        var bench = Bench()
        bench.declare(
            Bench.application("1.0.0", named: "a", replicas: 8), Bench.application("1.0.0", named: "b", replicas: 8),
            namespaces: quota(10))
        bench.run(.minutes(5))
        func words() -> String? {
            bench.told.last { $0.status.waiting?.reason == .quota }?.status.waiting?.message
        }
        #expect(words()?.contains("a quota of 10 replicas, of which others have 8") == true)
        bench.declare([], namespaces: quota(9))
        bench.run(.minutes(5))
        #expect(words()?.contains("a quota of 9 replicas") == true)
        let told = bench.told.count
        bench.run(.hours(2))
        #expect(bench.told.count == told)
    }

    @Test func `a quota that is less than what serves needs is said as it is when manifests are validated`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"), namespaces: ["flip": Namespace(name: "flip", replicaQuota: 6)])
        bench.run(.minutes(5))
        #expect(bench.status().conditions.first { $0.type == .declarationValid }?.reason == Condition.valid)
        bench.declare([], namespaces: ["flip": Namespace(name: "flip", replicaQuota: 2)])
        bench.run(.minutes(5))
        let words =
            "the namespace \"flip\" has a quota of 2 replicas, and \"shop\" needs 4 to serve from it: no rollout gets there"
        let told = bench.told.last?.status
        let condition = told?.conditions.first { $0.type == .declarationValid }
        #expect(condition?.reason == "QuotaExceeded" && condition?.message.hasSuffix(words) == true)
        #expect(told?.history.entries.contains { $0.message == words } == true)
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.replicas(on: .flip) == 4)
        let pushes = bench.told.count
        bench.run(.hours(1))
        #expect(bench.told.count == pushes)
        bench.declare([], namespaces: ["flip": Namespace(name: "flip", replicaQuota: 4)])
        bench.run(.minutes(5))
        #expect(bench.told.last?.status.conditions.first { $0.type == .declarationValid }?.reason == Condition.valid)
    }

    @Test func `a rename in a rollout troubles nobody, and is in the history`() {
        var bench = inFlight()
        var renamed = Bench.application("1.1.0", named: "store")
        renamed.renamedFrom = "shop"
        let before = bench.told.count
        bench.declare([renamed], gone: ["shop"])
        bench.run(.minutes(10))
        let since = bench.told[before...].filter { $0.status.application == "store" }.map(\.status)
        #expect(!since.isEmpty && since.allSatisfy { [.progressing, .healthy].contains($0.phase) })
        #expect(bench.status("store").history.entries.contains { $0.message == "renamed from shop" })
        #expect(bench.status("store").stable?.release.release.version == "1.1.0")
    }
}
