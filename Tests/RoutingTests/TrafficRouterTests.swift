import Conformance
import Core
import Foundation
import Git
import Platforms
import Reconciler
import Routing
import Signal
import Simulator
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TrafficRouterTests {
    static let route = Route(
        weights: Weights(10, on: .flop), actives: ["indexer": Core.PerSide(flip: 5, flop: 1)],
        rejecting: Core.Attempt(digest: PlatformConformance.release.digest, introduced: "c0ffee"))

    static func key(_ sequence: Int, epoch: Int = 1, of application: ApplicationName = "search") -> ActionKey {
        PlatformConformance.key(application, sequence, epoch: epoch)
    }

    @Test func `a platform that is routed by traffic files keeps every promise`() async throws {
        let bench = try TrafficBench()
        try await PlatformConformance.check(
            ComposedPlatform(workloads: SimulatedPlatform(world()), router: try bench.router("one")))
    }

    @Test func `so does one whose own readers follow the files`() async throws {
        let bench = try TrafficBench()
        let platform = SimulatedPlatform(world())
        try await PlatformConformance.check(
            ComposedPlatform(
                workloads: platform, router: FollowedRouter(try bench.router("one"), followedBy: platform)))
    }

    @Test func `a platform that follows is told again what it has lost, and begins with the file`() async throws {
        let bench = try TrafficBench()
        let platform = SimulatedPlatform(world(), scale: 1_000)
        let files = try bench.router("one")
        let router = FollowedRouter(files, followedBy: platform)
        _ = try await platform.perform(PlatformConformance.deploy(PlatformConformance.release, .flip), key: Self.key(1))
        // It had a route before there were files: without a file that is none.
        let full = Route(weights: Weights(100, on: .flip))
        _ = try await platform.setRoute(full, key: Self.key(2))
        #expect(try await router.route(of: "search").route == nil)
        _ = try await router.setRoute(full, key: Self.key(3))
        #expect(try await router.route(of: "search").route?.route == full)
        // Whichever of the two is not as it was set is what is observed, so that it is set again.
        for (number, part) in [files as any Router, platform].enumerated() {
            _ = try await part.setRoute(Self.route, key: Self.key(4 + 2 * number))
            #expect(try await router.route(of: "search").route?.route == Self.route)
            #expect(try await router.route(of: "search").route?.route == Self.route)
            _ = try await router.setRoute(full, key: Self.key(5 + 2 * number))
            #expect(try await router.route(of: "search").route?.route == full)
            #expect(try await part.route(of: "search").route?.route == full)
        }
    }

    @Test func `what differed before a restart is noticed after it, whichever side it is on`() async throws {
        let bench = try TrafficBench()
        let platform = SimulatedPlatform(world(), scale: 1_000)
        let files = try bench.router("one")
        _ = try await platform.perform(PlatformConformance.deploy(PlatformConformance.release, .flip), key: Self.key(1))
        let full = Route(weights: Weights(100, on: .flip))
        _ = try await FollowedRouter(files, followedBy: platform).setRoute(full, key: Self.key(2))
        _ = try await files.setRoute(Self.route, key: Self.key(3))
        let restarted = FollowedRouter(files, followedBy: platform)
        let seen = [try await restarted.route(of: "search"), try await restarted.route(of: "search")]
        #expect(Set(seen.map(\.route?.route)) == [full, Self.route])
    }

    @Test func `a route is a file that readers understand, and a commit that people do`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one") { _ in
            var status = Status(application: "search", observedRevision: "394313dfa2")
            status.stage = nil
            return TrafficContext(status)
        }
        _ = try await router.setRoute(Self.route, key: Self.key(7, epoch: 3))
        let file = try await bench.file("search")
        #expect(file.order == TrafficFile.Order(epoch: 3, generation: 1) && file.sequence == 7)
        #expect(file.weights == Signal.PerSide(flip: 90, flop: 10))
        #expect(file.revision == "394313dfa2" && file.writtenAt == "2023-11-14T22:13:20Z")
        let seen = try await router.route(of: "search")
        #expect(seen.route == RouteObservation(route: Self.route, settled: false, epoch: 3))
        let commit = try await bench.tip()
        #expect(commit.summary == "search: flip 90%, flop 10%")
        #expect(commit.message.contains("[skip ci]"))
        #expect(commit.trailers.contains(Trailer("Sluice-Generation", "1")))
        // The same once more is no commit.
        _ = try await router.setRoute(Self.route, key: Self.key(7, epoch: 3))
        #expect(try await bench.tip().id == commit.id)
        // The same under a later number is noted for the fence, and no reader has to do anything.
        _ = try await router.setRoute(Self.route, key: Self.key(9, epoch: 3))
        let noted = try await bench.file("search")
        #expect(noted.sequence == 9 && noted.generation == 1)
        #expect(try await bench.tip().summary == "search: flip 90%, flop 10%, as before, under epoch 3")
        let delayed = await refusal { _ = try await router.setRoute(nil, key: Self.key(8, epoch: 3)) }
        #expect(delayed?.kind == .refused)
    }

    @Test func `a route that is removed leaves its fence`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Self.route, key: Self.key(1, epoch: 3))
        _ = try await router.setRoute(nil, key: Self.key(2, epoch: 3))
        let file = try await bench.file("search")
        #expect(file.weights == nil && file.actives.isEmpty)
        #expect(file.order == TrafficFile.Order(epoch: 3, generation: 2))
        let other = try bench.router("two")
        let stale = await refusal { _ = try await other.setRoute(Self.route, key: Self.key(9, epoch: 2)) }
        #expect(stale?.kind == .staleEpoch)
        #expect(try await other.route(of: "search").route == nil)
    }

    @Test func `weights settle when the bound has passed since they were read back`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        bench.wall.pass(.milliseconds(29_999))
        #expect(try await router.route(of: "search").route?.settled == false)
        bench.wall.pass(.milliseconds(1))
        #expect(try await router.route(of: "search").route?.settled == true)
        // A new leader waits again, since it cannot know; stamping the same route does not begin anew.
        let successor = try bench.router("two")
        #expect(try await successor.route(of: "search").route?.settled == false)
        bench.wall.pass(.seconds(30))
        _ = try await successor.setRoute(Self.route, key: Self.key(1, epoch: 2))
        #expect(try await successor.route(of: "search").route?.settled == true)
        _ = try await successor.setRoute(Route(weights: Weights(50, on: .flop)), key: Self.key(2, epoch: 2))
        #expect(try await successor.route(of: "search").route?.settled == false)
        #expect(try await bench.file("search").order == TrafficFile.Order(epoch: 2, generation: 2))
    }

    @Test func `weights settle at once when every reader has said that it follows`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one", readers: ["web-1", "web-2"])
        _ = try await router.setRoute(Route(weights: Weights(1, on: .flop)), key: Self.key(1))
        let first = try await bench.tip().id
        _ = try await router.setRoute(Self.route, key: Self.key(2))
        let second = try await bench.tip().id
        func settled(_ reader: String, follows commit: ObjectID) async throws -> Bool? {
            try await bench.acknowledge(reader, commit)
            return try await router.route(of: "search").route?.settled
        }
        #expect(try await settled("web-1", follows: second) == false, "one of two")
        #expect(try await settled("web-2", follows: first) == false, "of an older generation")
        #expect(try await settled("web-2", follows: second) == true)
        // Of a later commit that is not about this file it holds as well; of the next weight it does not.
        #expect(try await bench.teamCommits("web/config.php", "1"))
        let third = try await bench.tip().id
        #expect(try await settled("web-1", follows: third) == true)
        _ = try await router.setRoute(Route(weights: Weights(50, on: .flop)), key: Self.key(3))
        #expect(try await router.route(of: "search").route?.settled == false)
        // Whoever never says so is waited for no longer than the bound.
        bench.wall.pass(.seconds(30))
        #expect(try await router.route(of: "search").route?.settled == true)
    }

    @Test func `a reading is as old as the question, and not older than the last receipt`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        bench.platform.pass(.seconds(5))
        let receipt = try await router.setRoute(Self.route, key: Self.key(1))
        #expect(receipt.at == bench.platform.now)
        #expect(try await router.route(of: "search").readAt >= receipt.at)
    }

    @Test func `a team that commits to the same branch loses nothing and holds nothing up`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Self.route, key: Self.key(0))
        let (begun, end) = (Flag(), Flag())
        let theirs = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                // Five in a row whenever the router has had its turn, so that it loses race upon race. Somebody who
                // never paused could win them all.
                var commits = 0
                while !end.isSet {
                    let last = commits + 5
                    while commits < last, !end.isSet {
                        if try await bench.teamCommits("web/config-\(commits).php", "\(commits)") { commits += 1 }
                        begun.set()
                    }
                    try await eventually("the router has its turn") {
                        if end.isSet { return true }
                        return try await bench.tip().summary.hasPrefix("search: ")
                    }
                }
                return commits
            }
            try await eventually("the team has begun") { begun.isSet }
            for weight in 1...20 {
                _ = try await router.setRoute(Route(weights: Weights(weight, on: .flop)), key: Self.key(weight))
            }
            end.set()
            return try await group.reduce(0, +)
        }
        #expect(theirs > 0)
        #expect(try await bench.file("search").weights == Signal.PerSide(flip: 80, flop: 20))
        for number in 0..<theirs {
            #expect(try await bench.text("web/config-\(number).php") == "\(number)", "of \(theirs) commits")
        }
        // Every weight is in the history, in order: nothing was forced.
        let weights = try await bench.history().compactMap { summary in
            summary.hasPrefix("search: ") ? summary : nil
        }
        #expect(weights == ([10] + Array(1...20)).map { "search: flip \(100 - $0)%, flop \($0)%" })
    }

    @Test func `what many ask at once is few commits`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    _ = try await router.setRoute(Self.route, key: Self.key(1, of: "a\(number)"))
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<200 { #expect(try await bench.file("a\(number)").weights?.flop == 10) }
        #expect(try await bench.history().count < 100)
    }

    @Test func `an edit that readers would not follow is undone`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Route(weights: Weights(1, on: .flop)), key: Self.key(1))
        let old = try #require(try await bench.text("traffic/search.json"))
        _ = try await router.setRoute(Self.route, key: Self.key(2))
        for edit in [nil, old, "{"] {
            let before = try await bench.file("search").generation
            #expect(try await bench.teamCommits("traffic/search.json", edit))
            #expect(try await router.route(of: "search").route?.route == Self.route)
            let file = try await bench.file("search")
            #expect(file.generation == before + 1 && file.weights?.flop == 10, "after \(edit ?? "a removal")")
        }
        #expect(bench.notices.withLock { $0.count } == 3)
    }

    @Test func `weights that a person sets in the file are reported as they are`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        bench.wall.pass(.minutes(1))
        let text = try #require(try await bench.text("traffic/search.json"))
        let edited = text.replacing(#""flip": 90, "flop": 10"#, with: #""flip": 100, "flop": 0"#)
        #expect(try await bench.teamCommits("traffic/search.json", edited))
        let seen = try await router.route(of: "search").route
        #expect(seen?.route.weights == Weights(100, on: .flip) && seen?.settled == false)
        let told =
            "traffic/search.json on \(bench.title) was changed by hand: flip 100%, flop 0%, "
            + "where flip 90%, flop 10% was set"
        #expect(bench.notices.withLock { $0 } == [told])
        _ = try await router.setRoute(Self.route, key: Self.key(2))
        let mended = try await bench.file("search")
        #expect(mended.weights?.flop == 10 && mended.generation == 2)
    }

    @Test func `a stamp that a hand wrote binds nobody`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one", leads: 1)
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        let text = try #require(try await bench.text("traffic/search.json"))
        let later = text.replacing("\"sequence\": 1", with: "\"sequence\": 9007199254740991")
        #expect(try await bench.teamCommits("traffic/search.json", later))
        _ = try await router.setRoute(Route(weights: Weights(20, on: .flop)), key: Self.key(2))
        #expect(try await bench.file("search").weights?.flop == 20)
        #expect(try await bench.file("search").sequence == 2)
    }

    @Test(arguments: [9, 9_007_199_254_740_990, 9_007_199_254_740_991, 9_007_199_254_740_992, Int.max])
    func `an epoch that nobody leads under stops one application, and says so`(_ epoch: Int) async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one", leads: 1)
        for name in ["search", "other"] { _ = try await router.setRoute(Self.route, key: Self.key(1, of: name)) }
        let text = try #require(try await bench.text("traffic/search.json"))
        let edited = text.replacing("\"epoch\": 1,", with: "\"epoch\": \(epoch),")
        #expect(try await bench.teamCommits("traffic/search.json", edited))
        let next = Route(weights: Weights(20, on: .flop))
        let failure = await refusal { _ = try await router.setRoute(next, key: Self.key(2)) }
        if epoch <= TrafficFile.last {
            #expect(failure?.kind == .refused && failure?.message.contains("led under 1") == true)
            #expect(try await bench.teamCommits("traffic/search.json", nil))
            _ = try await router.setRoute(next, key: Self.key(2))
        } else {
            // No reader takes it, so it is written over.
            #expect(failure == nil)
        }
        #expect(try await bench.file("search").weights?.flop == 20)
        _ = try await router.setRoute(next, key: Self.key(2, of: "other"))
        #expect(try await bench.file("other").weights?.flop == 20)
    }

    @Test func `where the status branch says that a later one leads, its file is obeyed`() async throws {
        let bench = try TrafficBench()
        _ = try await bench.router("two").setRoute(Self.route, key: Self.key(1, epoch: 2))
        let failure = await refusal {
            _ = try await bench.router("one", leads: 1, isOver: true).setRoute(Self.route, key: Self.key(9))
        }
        #expect(failure?.kind == .staleEpoch)
    }

    @Test func `a generation that nothing can follow is refused with a word, until a later epoch counts anew`()
        async throws
    {
        let bench = try TrafficBench()
        let router = try bench.router("one", leads: 1)
        for name in ["search", "other"] { _ = try await router.setRoute(Self.route, key: Self.key(1, of: name)) }
        let text = try #require(try await bench.text("traffic/search.json"))
        let edited = text.replacing("\"generation\": 1,", with: "\"generation\": \(TrafficFile.last),")
        #expect(try await bench.teamCommits("traffic/search.json", edited))
        let next = Route(weights: Weights(20, on: .flop))
        let failure = await refusal { _ = try await router.setRoute(next, key: Self.key(2)) }
        #expect(failure?.kind == .refused && failure?.message.contains("restart the daemon") == true)
        _ = try await router.setRoute(next, key: Self.key(2, of: "other"))
        let restarted = try bench.router("two", leads: 2)
        _ = try await restarted.setRoute(next, key: Self.key(1, epoch: 2))
        let file = try await bench.file("search")
        #expect(file.weights?.flop == 20 && file.epoch == 2 && file.generation == 1)
        // What no reader takes is no file, and the last good one is written again.
        let beyond = text.replacing("\"generation\": 1,", with: "\"generation\": \(TrafficFile.last + 1),")
        #expect(try await bench.teamCommits("traffic/search.json", beyond))
        #expect(try await restarted.route(of: "search").route?.route.weights == Weights(20, on: .flop))
        #expect(try await bench.file("search").generation == 2)
    }

    @Test func `whatever a hand puts in its place, the file that was set is written again`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one", leads: 1)
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        let good = try #require(try await bench.text("traffic/search.json"))
        for text in [
            "garbage \u{1b}[31m", "", good.replacing("\"flop\": 10", with: "\"flop\": 11"),
            good.replacing("\"search\"", with: "\"checkout\""), String(repeating: "x", count: 100_000),
        ] {
            #expect(try await bench.teamCommits("traffic/search.json", text))
            #expect(try await router.route(of: "search").route?.route == Self.route)
            #expect(try await bench.file("search").weights?.flop == 10)
        }
        // A folder of that name, and a file where the folder was.
        #expect(try await bench.teamCommits("traffic/search.json", nil))
        #expect(try await bench.teamCommits("traffic/search.json/inner", "x"))
        #expect(try await router.route(of: "search").route?.route == Self.route)
        #expect(try await bench.file("search").weights?.flop == 10)
    }

    @Test func `files that are not ours are left alone, with a sentence`() async throws {
        let bench = try TrafficBench()
        _ = try await bench.teamCommits("traffic/future.json", #"{"version": 2}"#)
        _ = try await bench.teamCommits("traffic/torn.json", #"{"version": 1"#)
        let staging = try bench.router("staging", environment: "staging")
        _ = try await staging.setRoute(Self.route, key: Self.key(1, of: "foreign"))
        let router = try bench.router("one")
        for (name, words) in [
            ("future", "version 2 is later"), ("torn", "restore the last good"), ("foreign", "staging"),
        ] {
            let failure = await refusal { _ = try await router.setRoute(Self.route, key: Self.key(1, of: name)) }
            #expect(failure?.kind == .refused && failure?.message.contains(words) == true, "\(name): \(failure as Any)")
        }
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        #expect(try await bench.text("traffic/torn.json") == #"{"version": 1"#)
    }

    @Test func `a remote that is away is a failure, and the next question is answered`() async throws {
        let bench = try TrafficBench()
        let router = try bench.router("one")
        _ = try await router.setRoute(Self.route, key: Self.key(1))
        let hidden = bench.git.folder + "/hidden"
        try FileManager.default.moveItem(atPath: bench.git.path, toPath: hidden)
        #expect(await refusal { _ = try await router.route(of: "search") } != nil)
        try FileManager.default.moveItem(atPath: hidden, toPath: bench.git.path)
        #expect(try await router.route(of: "search").route?.route == Self.route)
    }

    @Test(arguments: [
        "traffic.json", "/a/{application}.json", "{application}/../x", "a/{application}/{application}", "",
    ])
    func `a path has the application's name in it, once, and stays inside`(text: String) {
        #expect(TrafficPath(text) == nil)
    }

    @Test func `a path tells whose file it is`() throws {
        let path = try #require(TrafficPath("web/conf/{application}-traffic.json"))
        #expect(path("search") == "web/conf/search-traffic.json" && path.folder == "web/conf")
        #expect(path.application(at: "web/conf/search-traffic.json") == "search")
        #expect(path.application(at: "web/conf/a/b-traffic.json") == nil)
        #expect(path.application(at: "web/conf/-traffic.json") == nil)
        #expect(TrafficPath("{application}")?.folder == "")
    }

    private func refusal(_ body: () async throws -> Void) async -> EffectFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? EffectFailure
        }
    }
}

/// Set once, from outside of a task.
private final class Flag: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
