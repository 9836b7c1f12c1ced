import Core
import Git
import Reconciler
import Repository

/// The demo's three acts, and what must be seen in each.
actor DemoPlay {
    private let fleet: DemoFleet
    private let name: ApplicationName
    private let repository: DemoRepository
    private let daemon: Daemon
    private let scale: Double
    private var screen: DemoScreen
    private let transitions: AsyncStream<StatusUpdate>
    private let end = ContinuousClock.now + .seconds(57)
    /// Stages of the release that were entered, in order.
    private var stages: [String] = []
    private var weights: [Int] = []
    private var doubts: [String] = []

    init(
        fleet: DemoFleet, application: ApplicationName, repository: DemoRepository, daemon: Daemon, scale: Double,
        screen: DemoScreen
    ) {
        self.fleet = fleet
        name = application
        self.repository = repository
        self.daemon = daemon
        self.scale = scale
        self.screen = screen
        transitions = daemon.loop.transitions.listen()
    }

    /// - Returns: whether everything was observed.
    func run() async throws -> Bool {
        let (application, strategy, _) = try fleet.target(name)
        let old = application.release.version
        let new = DemoFleet.next(old)
        async let _: Void = listen()
        screen.say(
            "\u{1b}[1msluice demo\u{1b}[0m · \(fleet.applications.count) applications on a simulated platform, time ×\(Int(scale))"
        )

        screen.title("1  Commit the fleet")
        try await commit(fleet.files, "Declare the fleet")
        let everything = fleet.applications
        let isUp = try await until("the fleet is Healthy") { snapshot in
            everything.allSatisfy { name in
                snapshot.statuses.first { $0.application == name }?.phase == .healthy
            }
        }
        guard isUp, let before = await seen() else { return await conclude() }
        let home: Side = before.weights.flip == 100 ? .flip : .flop

        screen.title("2  Release \(name) \(new): one line of its manifest changes")
        let change = try fleet.release(name, new)
        (stages, weights) = ([], [])
        try await commit([change.path: change.text], "Release \(name) \(new)")
        let isReleased = try await until("\(name) \(new) serves alone") { snapshot in
            self.serves(new, on: home.other, snapshot)
        }
        let ladder = strategy.stages.map(\.name)
        if stages != ladder { doubts.append("the stages were \(stages), not \(ladder)") }
        let expected = strategy.stages.map(\.weight)
        for weight in expected where !weights.contains(weight) { doubts.append("\(weight)% was never observed") }
        if weights != weights.sorted() { doubts.append("weights fell on the way up: \(weights)") }
        guard isReleased, let middle = await seen() else { return await conclude() }

        screen.title("3  Revert the commit")
        let start = daemon.time.now
        weights = []
        let path = change.path
        try await commit([path: fleet.files[path] ?? ""], "Revert \"Release \(name) \(new)\"")
        let isBack = try await until("\(name) \(old) serves alone again") { snapshot in
            self.serves(old, on: home, snapshot)
        }
        let took = daemon.time.now - start
        let after = await seen()
        if middle.digests[home] != before.digests[home] || after?.digests[home] != before.digests[home] {
            doubts.append("the side that serves again was deployed anew")
        }
        if isBack {
            screen.say(
                "   back in \(WallClock.text(took)) of fleet time: \(home.rawValue) still held \(old), only traffic moved"
            )
        }
        return await conclude()
    }

    private func commit(_ files: [String: String], _ message: String) async throws {
        let id = try await repository.commit(files, message, at: daemon.time.now)
        screen.say("\(WallClock.text(daemon.time.now))  \u{1b}[33mgit \(id.short)\u{1b}[0m \(message)")
        daemon.loop.poke()
    }

    // MARK: Watching

    private func listen() async {
        for await update in transitions { heard(update) }
    }

    private func heard(_ update: StatusUpdate) {
        let (status, now) = (update.status, daemon.time.now)
        if status.application == name, let stage = status.stage, stages.last != stage.name {
            stages.append(stage.name)
        }
        screen.say("\(WallClock.text(now))  \(status.application): \(update.summary)")
    }

    /// Waits, and draws meanwhile.
    private func until(_ what: String, _ isDone: (Snapshot) -> Bool) async throws -> Bool {
        while ContinuousClock.now < end {
            let snapshot = await daemon.loop.snapshot()
            note(snapshot)
            screen.draw(snapshot)
            if isDone(snapshot) { return true }
            if let epoch = snapshot.supersededBy { doubts.append("epoch \(epoch) took over"); return false }
            try await Task.sleep(for: .milliseconds(40))
        }
        doubts.append("not seen in time: \(what)")
        return false
    }

    private func note(_ snapshot: Snapshot) {
        guard let route = snapshot.observations[name]?.route?.route,
            let status = snapshot.statuses.first(where: { $0.application == name }),
            let moving = status.candidate?.side ?? status.stable?.side
        else { return }
        let weight = route.weights[moving]
        if status.candidate != nil, weight > 0, weights.last != weight { weights.append(weight) }
    }

    private func serves(_ version: String, on side: Side, _ snapshot: Snapshot) -> Bool {
        guard let status = snapshot.statuses.first(where: { $0.application == name }),
            let seen = snapshot.observations[name]
        else { return false }
        return status.phase == .healthy && status.candidate == nil && status.rollback == nil
            && status.stable?.side == side && status.stable?.release.release.version == version
            && seen.route?.route.weights[side] == 100 && seen.sides[side]?.version == version
    }

    private func seen() async -> (weights: Weights, digests: PerSide<Digest?>)? {
        guard let seen = await daemon.loop.snapshot().observations[name], let route = seen.route else { return nil }
        return (route.route.weights, PerSide(flip: seen.sides.flip?.digest, flop: seen.sides.flop?.digest))
    }

    // MARK: The end

    private func conclude() async -> Bool {
        screen.clear()
        // What was decided last is still on its way to the branch.
        try? await Task.sleep(for: .milliseconds(300))
        let branch = GitStatusStore.branch(of: "default")
        let log = (try? await repository.log(of: branch, limit: 200)) ?? []
        screen.title("What git says of it: git log \(branch)")
        for commit in log where commit.summary.hasPrefix(name) || commit.message.contains("\n\(name): ") {
            let when = WallClock.text(Instant(milliseconds: commit.committerTime * 1000))
            let line =
                commit.summary.hasPrefix("\(name):")
                ? commit.summary
                : commit.message.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map(String.init) ?? ""
            screen.say("  \u{1b}[33m\(commit.id.short)\u{1b}[0m \(when)  \(line)")
        }
        if !log.contains(where: { $0.trailers.contains { $0.key == "Sluice-Revision" } }) {
            doubts.append("the status branch holds no status")
        }
        screen.say("")
        for doubt in doubts { screen.say("\u{1b}[31mnot as it should be: \(doubt)") }
        if doubts.isEmpty {
            screen.say("\u{1b}[32mReleased and reverted; every step was observed, and git holds the record.")
        }
        return doubts.isEmpty
    }
}
