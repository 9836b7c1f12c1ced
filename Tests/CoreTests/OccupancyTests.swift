import Core
import Testing

/// Applications that share a namespace share its quota.
@Suite struct OccupancyTests {
    private static let quota = [
        "flip": Namespace(name: "flip", replicaQuota: 10), "flop": Namespace(name: "flop", replicaQuota: 10),
    ]

    private func replicas(_ bench: Bench, on side: Side, _ names: String...) -> Int {
        names.reduce(0) { $0 + bench.replicas(on: side, $1) }
    }

    @Test func `what begins at once does not take the same room twice`() {
        var bench = Bench()
        bench.declare(
            Bench.application("1.0.0", named: "a", replicas: 8), Bench.application("1.0.0", named: "b", replicas: 8),
            namespaces: Self.quota)
        bench.run(.minutes(1))
        #expect(replicas(bench, on: .flip, "a", "b") == 10)
        let short = ["a", "b"].filter { bench.status($0).phase != .healthy }
        #expect(short.count == 1)
        #expect(
            bench.status(short.first ?? "").waiting?.message
                .hasPrefix("the namespace flip has a quota of 10 replicas, of which others have 8") == true)
    }

    @Test func `who waits for room is not given up, and takes it when another gives it back`() {
        var bench = Bench()
        bench.declare(
            Bench.application("1.0.0", named: "a", replicas: 8), Bench.application("1.0.0", named: "b", replicas: 8),
            namespaces: Self.quota)
        bench.run(.hours(3))
        #expect(["a", "b"].allSatisfy { bench.status($0).rejected.isEmpty })
        bench.declare(
            Bench.application("1.0.0", named: "a", replicas: 2), Bench.application("1.0.0", named: "b", replicas: 8))
        bench.run(.minutes(6))
        #expect(bench.replicas(on: .flip, "a") == 2 && bench.replicas(on: .flip, "b") == 8)
        #expect(["a", "b"].allSatisfy { bench.status($0).phase == .healthy })
    }

    @Test func `a quota that is raised is used, and one that is lowered takes nothing away`() {
        var bench = Bench()
        let both = [
            Bench.application("1.0.0", named: "a", replicas: 8), Bench.application("1.0.0", named: "b", replicas: 8),
        ]
        bench.declare(both[0], both[1], namespaces: Self.quota)
        bench.run(.minutes(1))
        bench.declare(namespaces: ["flip": Namespace(name: "flip", replicaQuota: 16)])
        bench.run(.minutes(1))
        #expect(replicas(bench, on: .flip, "a", "b") == 16)
        bench.declare(namespaces: ["flip": Namespace(name: "flip", replicaQuota: 4)])
        bench.run(.minutes(10))
        #expect(replicas(bench, on: .flip, "a", "b") == 16)
    }

    @Test func `after a restart nobody is given room that another has, before that one was looked at`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0", named: "z", replicas: 8), namespaces: Self.quota)
        bench.run(.minutes(1))
        bench.restart()
        bench.declare(
            Bench.application("1.0.0", named: "a", replicas: 8), Bench.application("1.0.0", named: "z", replicas: 8),
            namespaces: Self.quota)
        bench.run(.minutes(1))
        #expect(bench.replicas(on: .flip, "z") == 8 && bench.replicas(on: .flip, "a") == 2)
    }
}
