import Core
import Rehearsal
import Simulator
import Testing

/// What `sluice simulate --scenario` reads.
@Suite struct ScenarioTests {
    static func read(_ text: String) throws -> SimulationScenario {
        try SimulationScenario(json: Array(text.utf8))
    }

    @Test(
        arguments: [
            (
                #""crash": {"application": "a", "side": "flop", "count": 3}"#,
                .crash(application: "a", side: .flop, count: 3)
            ),
            (
                #""unready": {"application": "a", "side": "flip", "until": "5m"}"#,
                .unready(application: "a", side: .flip, until: .minutes(5))
            ),
            (
                #""neverReady": {"application": "a", "side": "flip", "until": "1h30m"}"#,
                .neverReady(application: "a", side: .flip, until: .minutes(90))
            ),
            (
                #""lie": {"application": "a", "side": "flip", "until": "90s"}"#,
                .lie(application: "a", side: .flip, until: .seconds(90))
            ),
            (#""freeze": {"application": "a", "until": "1m"}"#, .freeze(application: "a", until: .minutes(1))),
            (#""quota": {"namespace": "flop", "replicas": 6}"#, .quota(namespace: "flop", replicas: 6)),
            (
                #""nodesExhausted": {"namespace": "flop", "until": "1m"}"#,
                .nodesExhausted(namespace: "flop", until: .minutes(1))
            ),
            (
                #""humanScales": {"application": "a", "side": "flip", "to": 0}"#,
                .humanScales(application: "a", side: .flip, to: 0)
            ),
            (#""humanRoutes": {"application": "a", "flip": 40}"#, .humanRoutes(application: "a", flip: 40)),
            (#""humanDeletes": {"application": "a", "side": "flip"}"#, .humanDeletes(application: "a", side: .flip)),
            (
                #""surge": {"application": "a", "percent": 180, "until": "5m"}"#,
                .surge(application: "a", percent: 180, until: .minutes(5))
            ),
            (#""clockSet": "1h""#, .clockSet(.hours(1))),
        ] as [(String, Disturbance)])
    func `every disturbance is read by its name`(_ text: String, _ expected: Disturbance) throws {
        let scenario = try Self.read(#"{"disturbances": [{"at": "12m", \#(text)}]}"#)
        #expect(scenario.disturbances.map(\.disturbance) == [expected])
        #expect(scenario.disturbances.map(\.at) == [.minutes(12)])
    }

    @Test func `a world is read`() throws {
        let scenario = try Self.read(
            """
            {"seed": 7, "world": {"quota": {"flop": 60}, "warmReplicas": {"flop": 10}, "nodeProvisioning": "5m",
             "replicasPerNode": 4, "propagation": "2s", "signalDelay": "100ms",
             "load": {"shop": {"mean": 250, "swing": 0.5, "period": "12h"}}}}
            """)
        #expect(scenario.seed == 7)
        var expected = WorldConfiguration()
        expected.quota = ["flop": 60]
        expected.warmReplicas = ["flop": 10]
        expected.replicasPerNode = 4
        expected.propagation = .seconds(2)
        expected.signalDelay = .milliseconds(100)
        expected.load = ["shop": LoadCurve(mean: 250, swing: 0.5, period: .hours(12))]
        #expect(scenario.world == expected)
    }

    @Test(
        arguments: [
            ("[", "not JSON"), ("[]", "must hold a JSON object"), (#"{"sed": 1}"#, #"there is no "sed" here"#),
            (#"{"seed": -1}"#, "seed must be"), (#"{"seed": 1.5}"#, "seed must be"),
            (#"{"seed": true}"#, "seed must be"),
            (#"{"world": {"quotas": {}}}"#, #"world: there is no "quotas""#),
            (#"{"world": {"quota": {"flop": -1}}}"#, "world.quota.flop must"),
            (#"{"world": {"propagation": 5}}"#, "world.propagation must be a duration"),
            (#"{"world": {"propagation": "-5s"}}"#, "world.propagation must be a duration"),
            (#"{"world": {"replicasPerNode": 0}}"#, "world.replicasPerNode must"),
            (#"{"world": {"load": {"shop": {"mean": 1, "swing": 2}}}}"#, "world.load.shop.swing must"),
            (#"{"world": {"load": {"shop": {}}}}"#, #"world.load.shop needs "mean""#),
            (
                #"{"world": {"load": {"shop": {"mean": 1, "swing": 0.5, "period": "0s"}}}}"#,
                "world.load.shop.period must"
            ),
            (#"{"disturbances": {}}"#, "disturbances must be a list"),
            (
                #"{"disturbances": [{"at": "1m", "clockSet": "1h"}, {"clockSet": "1h"}]}"#,
                #"disturbances[1] needs "at""#
            ),
            (#"{"disturbances": [{"at": "5", "crash": {}}]}"#, "disturbances[0].at must be a duration"),
            (#"{"disturbances": [{"at": "5m"}]}"#, "disturbances[0] must hold exactly one"),
            (#"{"disturbances": [{"at": "5m", "crash": 3}]}"#, "disturbances[0].crash must be an object"),
            (
                #"{"disturbances": [{"at": "5m", "crash": {"application": "a", "side": "flop"}}]}"#,
                #"disturbances[0].crash needs "count""#
            ),
            (
                #"{"disturbances": [{"at": "5m", "crash": {"application": "a", "side": "left", "count": 1}}]}"#,
                "disturbances[0].crash.side"
            ),
            (
                #"{"disturbances": [{"at": "5m", "crash": {"application": "a", "side": "flop", "count": -1}}]}"#,
                "disturbances[0].crash.count must"
            ),
            (
                #"{"disturbances": [{"at": "5m", "humanRoutes": {"application": "a", "flip": 400}}]}"#,
                "disturbances[0].humanRoutes.flip must"
            ),
            (#"{"disturbances": [{"at": "5m", "fire": {}}]}"#, #"there is no disturbance "fire""#),
            (
                #"{"disturbances": [{"at": "5m", "surge": {"application": "a", "percent": 1, "until": "1m", "x": 1}}]}"#,
                #"disturbances[0].surge: there is no "x""#
            ),
        ])
    func `what is wrong is said with its place`(_ text: String, _ expected: String) {
        do {
            _ = try Self.read(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }
}
