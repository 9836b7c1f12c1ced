import Core
import Testing

/// What a namespace's quota and platform let an application have in it.
@Suite struct NamespaceTests {
    private let now = Instant(milliseconds: 1_767_225_600_000)

    private func application(_ replicas: Int) -> Application {
        Application(
            name: "web",
            release: Release(
                version: "2", components: [Component(name: "api", kind: .service, run: .simulated(SimulatedRun()))]),
            replicas: ["api": replicas], strategy: .standard)
    }

    /// What is done first for an application of which nothing stands.
    private func decide(_ replicas: Int, _ bound: NamespaceBound?) -> Planner {
        let application = application(replicas)
        let declaration = Declaration(
            application: application, strategy: .standard, gates: [:], revision: "r1",
            versions: [DeclaredVersion(revision: "r1", application: application)])
        var context = Planner.Context(now: now, configuration: EngineConfiguration())
        context.areRequestsKnown = true
        context.bounds.flip = bound
        context.bounds.flop = bound
        var planner = Planner(
            declaration: declaration, status: Status(application: "web", observedRevision: "r1"),
            observation: Observation(readAt: now, route: nil, sides: PerSide(flip: nil, flop: nil)), context: context)
        planner.run()
        return planner
    }

    private func floors(_ planner: Planner) -> [String: Int]? {
        if case .deploy(_, _, _, _, let floors)? = planner.proposal?.action { floors } else { nil }
    }

    @Test(arguments: [(8, 0, 8), (8, 1, 7), (3, 0, 3), (3, 2, 1)])
    func `a side is asked for no more than its namespace has room for`(quota: Int, others: Int, asked: Int) {
        let planner = decide(
            8, NamespaceBound(namespace: "flip", quota: (total: quota, others: others), foreignPlatform: nil))
        #expect(floors(planner) == ["api": asked])
        let message = planner.status.waiting?.message ?? ""
        #expect(asked == 8 || message.hasPrefix("the namespace flip has a quota of \(quota) replicas"))
    }

    @Test func `where there is no room nothing is deployed, and the wait names the namespace and its quota`() {
        let planner = decide(8, NamespaceBound(namespace: "flip", quota: (total: 3, others: 3), foreignPlatform: nil))
        #expect(planner.proposal == nil && planner.isActive)
        #expect(
            planner.status.waiting?.message
                == "the namespace flip has a quota of 3 replicas, of which others have 3; web is to have 8 there")
        #expect(floors(decide(8, nil)) == ["api": 8])
    }

    @Test func `nothing is done in a namespace of another platform, and the wait names both`() {
        let planner = decide(1, NamespaceBound(namespace: "flip", quota: nil, foreignPlatform: .process))
        #expect(planner.proposal == nil)
        #expect(planner.status.waiting?.reason == .platform)
        #expect(
            planner.status.waiting?.message.contains("the namespace flip is declared for the platform process") == true)
    }
}
