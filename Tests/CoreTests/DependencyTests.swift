import Core
import Testing

/// Who waits for another application is told what that one is doing now.
@Suite struct DependencyTests {
    /// `db` and `api`, which depends on it, and `other`, which depends on nothing, are declared at 2.0.0 at once.
    private func begun(_ crashing: Set<String> = []) -> Bench {
        var bench = Bench()
        declare("1.0.0", &bench)
        bench.run(.minutes(2))
        bench.crashing = crashing
        declare("2.0.0", &bench)
        bench.run(.seconds(30))
        return bench
    }

    private func declare(_ version: String, _ bench: inout Bench) {
        bench.declare(
            Bench.application(version, named: "db"), Bench.application(version, named: "api", dependsOn: ["db"]),
            Bench.application("1.0.0", named: "other"))
    }

    private func message(_ bench: Bench) -> String? { bench.status("api").waiting?.message }

    private func told(_ bench: Bench) -> String? {
        bench.told.last { $0.status.application == "api" }?.status.waiting?.message
    }

    @Test func `the message follows the dependency, on the branch too`() {
        var bench = begun()
        let wanted = "waits for db to be Healthy at 2.0.0"
        #expect(bench.status("api").phase == .pending)
        #expect(message(bench) == "\(wanted); it is Progressing and serves 1.0.0" && told(bench) == message(bench))
        bench.requests = [
            Request(
                id: "p", verb: .pause, application: "db", attempt: bench.status("db").candidate?.release.attempt,
                by: "Ada")
        ]
        bench.run(.seconds(30))
        #expect(message(bench) == "\(wanted); it is Paused and serves 1.0.0" && told(bench) == message(bench))
        bench.requests = []
        bench.run(.minutes(30))
        #expect(bench.status("api").stable?.release.release.version == "2.0.0")
    }

    @Test func `one that was rejected is told as that, with the reason and what lets it go on`() {
        var bench = begun()
        bench.ask(.abort, of: "db")
        bench.run(.minutes(1))
        #expect(
            message(bench)
                == "waits for db to be Healthy at 2.0.0, which was rejected: aborted by Ada <ada@example.org> (unverified); "
                + "it goes on once another version of db is declared and serves, or this one is declared anew or retried"
        )
        #expect(told(bench) == message(bench))
        bench.declare(Bench.application("2.0.1", named: "db"))
        bench.run(.seconds(30))
        #expect(message(bench) == "waits for db to be Healthy at 2.0.1; it is Progressing and serves 1.0.0")
    }

    @Test func `one that failed and is held is told as that`() {
        var strategy = Bench.strategy
        strategy.onFailure = .hold
        var bench = Bench()
        for version in ["1.0.0", "2.0.0"] {
            bench.declare(
                Bench.application(version, named: "db", by: strategy),
                Bench.application(version, named: "api", dependsOn: ["db"]))
            bench.run(.minutes(2))
            bench.crashing = ["2.0.0"]
        }
        bench.run(.minutes(15))
        #expect(bench.status("db").phase == .degraded)
        #expect(message(bench)?.hasPrefix("waits for db to be Healthy at 2.0.0, which failed: ") == true)
    }

    @Test func `one that is gone is told as that`() {
        var bench = begun()
        bench.remove("db")
        bench.run(.seconds(30))
        #expect(message(bench) == "waits for db, which is not declared" && told(bench) == message(bench))
    }

    @Test func `of one that waits dark what serves beside it counts`() {
        var bench = begun()
        bench.declare(Bench.application("2.0.0", .inactive, named: "db"))
        bench.run(.minutes(1))
        #expect(bench.status("api").candidate?.release.release.version == "2.0.0")
    }

    @Test func `what a dependency does costs a look at its dependents, and at nobody else`() {
        var bench = begun()
        bench.run(.minutes(2))
        let before = bench.looks
        bench.ask(.abort, of: "db")
        bench.run(.seconds(3))
        #expect((bench.looks["api"] ?? 0) > (before["api"] ?? 0))
        #expect(bench.looks["other"] == before["other"])
    }
}
