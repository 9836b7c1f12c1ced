import Conformance
import Core
import Foundation
import Platforms
import Reconciler
import Simulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TenantTests {
    @Test(arguments: [(nil, "web"), ("default", "web"), ("staging", "staging/web")] as [(String?, String)])
    func `an application is a name in an environment, and a plain one in the standard environment`(
        _ environment: String?, _ key: String
    ) {
        let tenant = Tenant(environment: environment, fleet: "f1")
        #expect(tenant.key("web") == key)
        let (found, name) = Tenant.split(key, fleet: "f1")
        #expect(found == tenant && name == "web")
    }

    @Test func `a key of an action from before environments were told apart is of the standard one`() throws {
        let old = #"{"application":"web","stage":-1,"purpose":"x","attempt":0,"epoch":1,"sequence":1}"#
        let key = try JSONDecoder().decode(ActionKey.self, from: Data(old.utf8))
        #expect(key.environment == nil && key.description == "web/-/-1/x/0@1.1")
        var other = key
        other.environment = "staging"
        #expect(other.description != key.description)
    }

    @Test func `a world from before environments were told apart is whose that asks for it first`() async throws {
        var kept = world()
        let action = PlatformConformance.deploy(PlatformConformance.release, .flip)
        for name in ["web", "shop"] { try kept.perform(action, application: name, epoch: 1, sequence: 1) }
        let platform = SimulatedPlatform(kept)
        let (staging, production) = (
            SimulatedEnvironment(platform, for: Tenancy(environment: "staging", fleet: "f1")),
            SimulatedEnvironment(platform, for: Tenancy(environment: "production", fleet: "f1"))
        )
        let plain = SimulatedEnvironment(platform, for: Tenancy(fleet: "f1"))
        #expect(try await plain.observe("shop").sides.flip != nil)
        for _ in 1...2 {
            #expect(try await staging.observe("web").sides.flip?.digest == PlatformConformance.release.digest)
            #expect(try await production.observe("web").sides.flip == nil)
            #expect(try await staging.observe("shop").sides.flip == nil)
        }
        #expect(await platform.applications == ["shop", "staging/web"])
        let stranger = SimulatedEnvironment(platform, for: Tenancy(environment: "staging", fleet: "f2"))
        await #expect(throws: EffectFailure.self) { try await stranger.observe("web") }
        // And so it is kept.
        let again = try JSONDecoder().decode(World.self, from: JSONEncoder().encode(await platform.current()))
        #expect(again.owner(of: "staging/web") == Owner(environment: "staging", fleet: "f1"))
    }

    @Test func `a gate measures the application of its own environment`() async throws {
        let platform = SimulatedPlatform(world())
        let staging = SimulatedEnvironment(platform, for: Tenancy(environment: "staging"))
        _ = try await SimulatedEnvironment(platform, for: Tenancy()).perform(
            PlatformConformance.deploy(PlatformConformance.release, .flip), key: PlatformConformance.key("search", 1))
        let smoke = Gate.Check.smokeTest(SmokeTest(requests: [.init(path: "/health")]))
        let run = GateRun(
            application: "search", gate: Gate(name: "gate", when: .during, check: smoke),
            attempt: Attempt(digest: PlatformConformance.release.digest, introduced: "r"), version: "4.2.0",
            revision: "r", stage: "canary", candidate: .flip, namespace: "flip", stable: nil, service: "api",
            weight: 100, heldSince: nil)
        guard case .outcome(.error, _) = await staging.evaluate(run) else {
            Issue.record("nothing of that name stands in staging")
            return
        }
    }

    @Test func `a service of an environment answers at an address of its own`() async throws {
        var configuration = WorldConfiguration()
        configuration.propagation = .zero
        let platform = SimulatedPlatform(world(), scale: 1000)
        try await withServer(platform) { url in
            let client = try await SimulatorClient(url, for: Tenancy(environment: "staging"))
            _ = try await client.perform(
                PlatformConformance.deploy(PlatformConformance.release, .flip),
                key: PlatformConformance.key("search", 1))
            #expect(client.serviceURL == "\(url)/services/staging%2F{application}/{side}/{component}")
            for (path, status) in [("staging%2Fsearch", "5"), ("search", "404")] {
                let answer = await RawExchange.ask(
                    url, "GET /services/\(path)/flip/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(
                    answer.hasPrefix("HTTP/1.1 \(status)") || path != "search" && answer.hasPrefix("HTTP/1.1 200"),
                    "\(answer)")
            }
        }
    }
}
