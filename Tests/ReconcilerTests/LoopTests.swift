import Core
import Logging
import Reconciler
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing

/// No test here sleeps: time is a clock that only the test moves.
@Suite(.timeLimit(.minutes(5))) struct LoopTests {
    let clock = ManualClock()
    let statuses = MemoryStatusStore()
    let journal = MemoryJournal()

    private func loop(
        _ machine: ScriptedMachine, platform: StubbornPlatform = StubbornPlatform(),
        manifests: any ManifestSource = FixedManifests(), journal: (any ActionJournal)? = nil
    ) -> Loop<ScriptedMachine> {
        let time = ClockTime(clock: clock, origin: Instant(milliseconds: 0))
        let effects = Effects(
            platform: platform, gates: GateEvaluators(), manifests: manifests, statuses: statuses,
            journal: journal ?? self.journal, time: time, deadline: .seconds(10))
        return Loop(machine: machine, effects: effects, logger: .silent, shutdownGrace: .seconds(5))
    }

    /// Runs the loop until the body is done.
    private func running(_ loop: Loop<ScriptedMachine>, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await loop.run() }
            try await body()
            group.cancelAll()
        }
    }

    @Test func `a hanging effect of one application delays no other`() async throws {
        let platform = StubbornPlatform(hanging: ["stuck"])
        let machine = ScriptedMachine { event, _ in
            switch event {
            case .led:
                [.observe(1, "stuck"), .observe(2, "search"), .perform(3, .teardown(side: .flip), key("search"))]
            default: []
            }
        }
        try await running(loop(machine, platform: platform)) {
            await platform.someoneHangs()
            await machine.heard.first { if case .observed(2, .success) = $0 { true } else { false } }
            await machine.heard.first { if case .performed(3, .success) = $0 { true } else { false } }
        }
        platform.letGo()
    }

    @Test func `a newer leader is looked for with each poll, and the machine is told once`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.fetch(1)] } else { [] }
        }
        try await running(loop(machine, manifests: UsurpingManifests(statuses: statuses))) {
            await machine.heard.first { if case .superseded(epoch: 2) = $0 { true } else { false } }
        }
        let told = machine.heard.events.filter { if case .superseded = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test func `an effect that ignores its cancellation is left behind at its deadline`() async throws {
        let platform = StubbornPlatform(hanging: ["stuck"])
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.observe(1, "stuck")] } else { [] }
        }
        try await running(loop(machine, platform: platform)) {
            await platform.someoneHangs()
            // The deadline's and the journal's.
            await clock.sleepers(2)
            clock.advance(by: .seconds(10))
            await machine.heard.first {
                if case .observed(1, .failure(let failure)) = $0 { failure.kind == .timedOut } else { false }
            }
        }
        platform.letGo()
    }

    @Test func `an application has one hanging call at most, and its late answer is dropped`() async throws {
        let platform = StubbornPlatform(hanging: ["stuck"])
        let machine = ScriptedMachine { event, _ in
            switch event {
            case .led: [.observe(1, "stuck")]
            case .observed(1, _): [.observe(2, "stuck"), .observe(3, "search")]
            default: []
            }
        }
        try await running(loop(machine, platform: platform)) {
            await platform.someoneHangs()
            await clock.sleepers(2)
            clock.advance(by: .seconds(10))
            await machine.heard.first {
                if case .observed(2, .failure(let failure)) = $0 { failure.message.contains("hangs") } else { false }
            }
            await machine.heard.first { if case .observed(3, .success) = $0 { true } else { false } }
            platform.letGo()
        }
        #expect(platform.calls == 2)
        let answers = machine.heard.events.filter { if case .observed(1, _) = $0 { true } else { false } }
        #expect(answers.count == 1)
    }

    @Test func `a tick comes when the machine wants it, and not before`() async throws {
        var machine = ScriptedMachine { _, _ in [] }
        machine.wakes = { event, now in
            if case .led = event { now + .seconds(3) } else { nil }
        }
        let heard = machine.heard
        try await running(loop(machine)) {
            await heard.first { if case .led = $0 { true } else { false } }
            await clock.sleeper(until: .seconds(3))
            clock.advance(by: .milliseconds(2999))
            #expect(heard.events.count == 1)
            clock.advance(by: .milliseconds(1))
            let at = await heard.first { if case .tick = $0 { true } else { false } }
            #expect(at == Instant(milliseconds: 3000))
        }
    }

    @Test func `an earlier wish replaces a later one`() async throws {
        var machine = ScriptedMachine { event, _ in
            if case .led = event { [.observe(1, "search")] } else { [] }
        }
        machine.wakes = { event, now in
            switch event {
            case .led: now + .hours(1)
            case .observed: now + .seconds(1)
            default: nil
            }
        }
        let heard = machine.heard
        try await running(loop(machine)) {
            await heard.first { if case .observed = $0 { true } else { false } }
            await clock.sleeper(until: .seconds(1))
            clock.advance(by: .seconds(1))
            let at = await heard.first { if case .tick = $0 { true } else { false } }
            #expect(at == Instant(milliseconds: 1000))
        }
    }

    @Test func `a poke is heard`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .poke = event { [.fetch(1)] } else { [] }
        }
        let loop = loop(machine)
        try await running(loop) {
            loop.poke()
            await machine.heard.first { if case .fetched(1, .unchanged) = $0 { true } else { false } }
        }
    }

    @Test func `an action is recorded before and completed after`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.perform(1, .teardown(side: .flip), key("stuck"))] } else { [] }
        }
        let platform = StubbornPlatform(hanging: ["stuck"])
        try await running(loop(machine, platform: platform)) {
            await platform.someoneHangs()
            let during = try await journal.outstanding()
            #expect(during == [key("stuck").description])
            platform.letGo()
            await machine.heard.first { if case .performed(1, .success) = $0 { true } else { false } }
            let after = try await journal.outstanding()
            #expect(after.isEmpty)
        }
    }

    @Test func `an action that cannot be recorded is not performed, and says so`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.perform(1, .teardown(side: .flip), key("search"))] } else { [] }
        }
        let platform = StubbornPlatform()
        let broken = MemoryJournal(failure: EffectFailure(.refused, "the disk is full"))
        try await running(loop(machine, platform: platform, journal: broken)) {
            await machine.heard.first {
                if case .performed(1, .failure(let failure)) = $0 {
                    failure.kind == .refused && failure.message == "not performed, since the disk is full"
                } else {
                    false
                }
            }
        }
        #expect(platform.performed.isEmpty)
    }

    @Test func `a graceful shutdown lets an action finish, pushes its status and issues nothing more`() async throws {
        let platform = StubbornPlatform(hanging: ["stuck"])
        let machine = ScriptedMachine { event, _ in
            switch event {
            case .led: [.perform(1, .teardown(side: .flip), key("stuck"))]
            case .performed: [.push(2, [update("stuck", "torn down")]), .observe(3, "search")]
            default: []
            }
        }
        let loop = loop(machine, platform: platform)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await loop.run() }
                await platform.someoneHangs()
                trigger.triggerGracefulShutdown()
                await machine.heard.first { if case .tick = $0 { true } else { false } }
                platform.letGo()
                try await group.waitForAll()
            }
        }
        #expect(statuses.summaries == ["stuck: torn down"])
        #expect(platform.calls == 1)
    }

    @Test func `a graceful shutdown waits no longer than its grace`() async throws {
        let platform = StubbornPlatform(hanging: ["stuck"])
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.perform(1, .teardown(side: .flip), key("stuck"))] } else { [] }
        }
        let loop = loop(machine, platform: platform)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await loop.run() }
                await platform.someoneHangs()
                trigger.triggerGracefulShutdown()
                await machine.heard.first { if case .tick = $0 { true } else { false } }
                await clock.sleepers(3)
                clock.advance(by: .seconds(5))
                try await group.waitForAll()
            }
        }
        platform.letGo()
    }

    @Test func `once, it runs until nothing is left and returns`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.push(1, [update("search", "Healthy 4.2.0")])] } else { [] }
        }
        try await loop(machine).runUntilQuiescent()
        #expect(statuses.summaries == ["search: Healthy 4.2.0"])
    }

    @Test func `once, manifests that cannot be read are an error and not an endless wait`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.fetch(1)] } else { [] }
        }
        let manifests = FixedManifests(outcome: .failed(EffectFailure(.unreachable, "no route to host")))
        await #expect(throws: EffectFailure(.unreachable, "no route to host")) {
            try await loop(machine, manifests: manifests).runUntilQuiescent()
        }
    }

    @Test func `listeners hear transitions, and a slow one loses the oldest`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.push(1, (0..<5).map { update("search", "\($0)") })] } else { [] }
        }
        let loop = loop(machine)
        let all = loop.transitions.listen()
        let last = loop.transitions.listen(limit: 2)
        try await loop.runUntilQuiescent()
        #expect(await all.reduce(into: []) { $0.append($1.summary) } == ["0", "1", "2", "3", "4"])
        #expect(await last.reduce(into: []) { $0.append($1.summary) } == ["3", "4"])
    }

    @Test func `a listener that keeps all loses nothing, however late it reads`() async throws {
        let machine = ScriptedMachine { event, _ in
            if case .led = event { [.push(1, (0..<5_000).map { update("search", "\($0)") })] } else { [] }
        }
        let loop = loop(machine)
        let all = loop.transitions.listen(limit: nil)
        try await loop.runUntilQuiescent()
        #expect(await all.reduce(into: 0) { count, _ in count += 1 } == 5_000)
    }

    @Test func `the snapshot holds what was observed last`() async throws {
        var machine = ScriptedMachine { event, _ in
            if case .led = event { [.observe(1, "search")] } else { [] }
        }
        machine.applications = ["search"]
        let (loop, heard) = (loop(machine), machine.heard)
        try await running(loop) {
            await heard.first { if case .observed = $0 { true } else { false } }
            let snapshot = await loop.snapshot()
            #expect(snapshot.epoch == 1)
            #expect(snapshot.statuses.map(\.application) == ["search"])
            #expect(snapshot.observations["search"]?.readAt == Instant(milliseconds: 1))
        }
    }
}
