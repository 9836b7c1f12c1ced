import Agent
import Conformance
import Core
import Foundation
import Git
import Platforms
import Reconciler
import Routing
import Signal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ElevatedPlatformTests {
    @Test func `a platform whose consumers are elevated keeps every promise`() async throws {
        let base = SimulatedPlatform(world())
        let hub = ElevationHub(time: base.time)
        await hub.lead(1)
        try await PlatformConformance.check(ElevatedPlatform(base, hub: hub, consumers: { _ in [] }))
    }

    @Test func `a route is told, and a daemon after this one finds it`() async throws {
        let base = SimulatedPlatform(world())
        let route = Route(
            weights: Weights(100, on: .flip), actives: ["indexer": Core.PerSide(flip: 1, flop: 0)])
        let instance = InstanceReport(
            instance: "a", application: "search", component: "indexer", side: .flip, version: "1")
        let report = MachineReport(machine: "m1", isFull: true, instances: [instance])
        for epoch in 1...2 {
            let hub = ElevationHub(time: base.time)
            let platform = ElevatedPlatform(base, hub: hub, consumers: { _ in ["indexer"] })
            await hub.lead(epoch)
            let stream = try await hub.open("m1")
            #expect(await hub.next(for: "m1", stream: stream)?.elevations == .init(isFull: true, states: []))
            if epoch == 1 {
                _ = try await platform.perform(
                    PlatformConformance.deploy(PlatformConformance.release, .flip),
                    key: PlatformConformance.key("search", 1))
                _ = try await platform.perform(.route(route), key: PlatformConformance.key("search", 2))
            } else {
                _ = try await platform.observe("search")
            }
            try await hub.take(report)
            // What one before it may have told counts until every replica is accounted for.
            _ = try await platform.observe("search")
            let news = try #require(await hub.next(for: "m1", stream: stream))
            #expect(news.elevations.states.map(\.isActive) == [true])
            #expect(news.order.epoch == epoch)
            await hub.close("m1", stream: stream)
        }
    }

    @Test func `an agent that reaches no daemon finds in git what it is told`() async throws {
        let bench = try GitBench()
        let name = GitElevationArchive.branchName(of: "default")
        let archive = GitElevationArchive(
            TrafficBranch(
                mirror: try Mirror(at: "\(bench.folder)/archive"), transport: bench.transport,
                remote: try Remote(name: "status", url: bench.path), name: name, wall: StillTime()))
        let source = GitSource(
            mirror: try Mirror(at: "\(bench.folder)/agent"), transport: bench.transport,
            remote: try Remote(name: "elevation", url: bench.path), branch: name, machine: "m1",
            interval: .milliseconds(20))
        let heard = Heard()
        let following = Task { try await source.run { await heard.take($0) } }
        // There is no such branch yet.
        try await eventually { if case .lost = await heard.last { true } else { false } }
        for sequence in 1...2 {
            let state = ElevationState(
                instance: "a", application: "search", component: "indexer", side: .flip, version: "1",
                isActive: sequence == 1, weight: 100, since: "2026-11-21T07:30:00Z",
                order: .init(epoch: 1, sequence: sequence))
            let told = MachineElevations(isFull: true, states: [state])
            try await archive.store(["m1": told, "m2": MachineElevations(isFull: true, states: [])], epoch: 1)
            try await eventually { await heard.last == .elevations(told) }
            #expect(try await archive.load("m1") == told)
        }
        #expect(try await archive.load("m3") == nil)
        // A daemon of an earlier epoch, whose push was kept waiting, changes nothing.
        let before = try await archive.load("m1")
        try await archive.store(["m1": MachineElevations(isFull: true, states: [])], epoch: 0)
        #expect(try await archive.load("m1") == before)
        // What nobody can read is nobody's word.
        var edit = TreeEdit()
        edit.set("elevation/m1.json", to: Array("{".utf8))
        let remote = try Remote(name: "status", url: bench.path)
        let tip = try await bench.transport.tips(remote, branches: [name])[name]
        let broken = try await bench.repository.commit(
            edit, on: tip, message: "Break it", trailers: [],
            author: Signature(name: "Ada", email: "ada@example.org", time: 1))
        try await bench.repository.set("refs/heads/\(name)", to: broken)
        await #expect(throws: EffectFailure.self) { _ = try await archive.load("m1") }
        try await archive.store(["m1": MachineElevations(isFull: true, states: [])], epoch: 1)
        #expect(try await archive.load("m1")?.states == [])
        #expect(!source.takesReports)
        await #expect(throws: (any Error).self) {
            try await source.report(MachineReport(machine: "m1", isFull: true, instances: []))
        }
        following.cancel()
        _ = await following.result
    }
}

/// What a source told last.
private actor Heard {
    private(set) var last: SourceNews?

    func take(_ news: SourceNews) { last = news }
}
