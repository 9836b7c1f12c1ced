import Core
import Testing

/// Each `renamedFrom` is done, was done before, or is said to be neither; nothing is torn down meanwhile of what it names.
@Suite struct RenameTests {
    private func named(
        _ name: ApplicationName, _ version: String = "1.0.0", from former: ApplicationName? = nil
    ) -> Application {
        var application = Bench.application(version, named: name)
        application.renamedFrom = former
        return application
    }

    private func serving(_ name: ApplicationName) -> Bench {
        var bench = Bench()
        bench.declare(named(name))
        bench.run(.minutes(5))
        return bench
    }

    private func condition(_ bench: Bench, _ name: ApplicationName) -> String? {
        bench.status(name).conditions.first { $0.type == .declarationValid }?.message
    }

    private func isTornDown(_ bench: Bench, _ name: ApplicationName) -> Bool {
        bench.actions.contains { $0.application == name && $0.action == .teardown(side: .flip) }
    }

    @Test func `what heads that nobody looked at renamed more than once is one application`() {
        var bench = serving("a")
        bench.declare(
            [named("c", from: "b")], gone: ["a"],
            between: [DeclaredVersion(revision: "unseen", application: named("b", from: "a"))])
        bench.run(.minutes(30))
        #expect(bench.status("c").stable?.release.release.version == "1.0.0")
        #expect(bench.stands(on: .flip, "c") == "1.0.0 100")
        #expect(bench.actions.contains { $0.application == "c" && $0.action == .adopt(from: "a") })
        #expect(!bench.actions.contains { $0.application == "c" && $0.action.isDeployment })
        #expect(!isTornDown(bench, "a"))
    }

    @Test func `names that go round in a circle end nothing`() {
        var bench = serving("other")
        bench.declare(
            [named("c", from: "b")],
            between: [
                DeclaredVersion(revision: "x", application: named("b", from: "a")),
                DeclaredVersion(revision: "y", application: named("a", from: "b")),
            ])
        bench.run(.minutes(5))
        #expect(bench.stands(on: .flip, "c") == "1.0.0 100")
    }

    @Test func `of two that say they were the same one takes it over, the other says so, and a revert gives it back`() {
        var bench = serving("a")
        bench.declare([named("x", from: "a"), named("y", from: "a")], gone: ["a"])
        bench.run(.minutes(1))
        #expect(bench.actions.contains { $0.application == "x" && $0.action == .adopt(from: "a") })
        #expect(condition(bench, "y") == "renamedFrom a is not done: x says so too, and takes it over")
        bench.run(.minutes(5))
        bench.declare([named("a")], gone: ["x", "y"])
        bench.run(.minutes(1))
        #expect(bench.actions.contains { $0.application == "a" && $0.action == .adopt(from: "x") })
    }

    @Test func `a name that nothing has is told, and once it is mended what runs stays until somebody decides`() {
        var bench = serving("shop")
        bench.declare([named("store", from: "shpo")], gone: ["shop"])
        #expect(
            condition(bench, "store")
                == "renamedFrom shpo is not done: nothing of that name is known here, so store is deployed anew")
        bench.run(.minutes(2))
        bench.declare([named("store", from: "shop")])
        bench.run(.minutes(30))
        #expect(!isTornDown(bench, "shop"))
        #expect(bench.status("shop").waiting?.message.contains("store is declared renamedFrom shop") == true)
        #expect(condition(bench, "store")?.contains("since store runs already; shop stays") == true)
        bench.declare([named("store")])
        bench.run(.minutes(10))
        #expect(isTornDown(bench, "shop"))
        #expect(condition(bench, "store") == "the head's declaration is in force")
    }

    @Test func `what is renamed to a name that is being removed stays`() {
        var bench = Bench()
        bench.declare(named("a"), named("b"))
        bench.run(.minutes(5))
        bench.remove("a")
        bench.run(.minutes(2))
        bench.declare([named("a", from: "b")], gone: ["b"])
        bench.run(.minutes(30))
        #expect(!isTornDown(bench, "b") && !isTornDown(bench, "a"))
        #expect(bench.status("b").waiting?.message.contains("a is declared renamedFrom b") == true)
    }

    @Test func `a namespace holds the releases of one side`() {
        var bench = serving("shop")
        var swapped = named("shop")
        swapped.sides = Sides(flip: "flop", flop: "flip")
        bench.declare(swapped)
        bench.run(.minutes(1))
        swapped.release.version = "1.1.0"
        bench.declare(swapped)
        bench.run(.minutes(30))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == nil)
        #expect(
            bench.status().waiting?.message
                == "1.1.0 is to go to flop, whose namespace flip holds 1.0.0 of flip; give the sides namespaces of their own"
        )
        #expect(bench.status().rejected.isEmpty)
    }
}

extension Action {
    fileprivate var isDeployment: Bool { if case .deploy = self { true } else { false } }
}
