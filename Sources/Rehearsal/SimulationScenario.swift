package import Core
import Foundation
package import Simulator

/// What a simulated change is put through, as `sluice simulate --scenario FILE` reads it. Every key may be missing.
///
/// ```json
/// {"seed": 7,
///  "world": {"quota": {"flop": 60}, "propagation": "5s",
///            "load": {"search": {"mean": 900, "swing": 0.3, "period": "24h"}}},
///  "disturbances": [
///    {"at": "12m", "crash": {"application": "search", "side": "flop", "count": 3}},
///    {"at": "20m", "surge": {"application": "search", "percent": 180, "until": "5m"}}]}
/// ```
///
/// A disturbance is a ``Simulator/Disturbance`` by its name, with its values; `until` is how long it lasts. Durations are
/// written as in manifests.
package struct SimulationScenario: Sendable {
    package struct Timed: Sendable {
        /// Time since the change was committed.
        package var at: Span
        package var disturbance: Disturbance
    }

    package var seed: UInt64?
    package var world = WorldConfiguration()
    /// In the order of the file.
    package var disturbances: [Timed] = []

    package init() {}

    /// Reads a file's JSON.
    ///
    /// - Throws: ``Malformed``, which says where.
    package init(json bytes: [UInt8]) throws(Malformed) {
        let json: ScenarioValue.JSON
        do {
            json = try JSONDecoder().decode(ScenarioValue.JSON.self, from: Data(bytes))
        } catch {
            throw Malformed("this is not JSON")
        }
        guard case .object = json else { throw Malformed("the file must hold a JSON object") }
        let root = try ScenarioValue(json, at: "").fields(["seed", "world", "disturbances"])
        seed = try root["seed"].map { value throws(Malformed) in UInt64(try value.whole(0...Int64.max)) }
        if let value = root["world"] { world = try Self.world(value) }
        for entry in try root["disturbances"]?.list() ?? [] { disturbances.append(try Self.timed(entry)) }
    }

    /// What is wrong with a scenario file, in one sentence.
    package struct Malformed: Error, CustomStringConvertible {
        package var description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static func world(_ value: ScenarioValue) throws(Malformed) -> WorldConfiguration {
        let fields = try value.fields([
            "nodeProvisioning", "propagation", "signalDelay", "quota", "warmReplicas", "replicasPerNode", "load",
        ])
        var world = WorldConfiguration()
        if let value = fields["nodeProvisioning"] { world.nodeProvisioning = try value.span() }
        if let value = fields["propagation"] { world.propagation = try value.span() }
        if let value = fields["signalDelay"] { world.signalDelay = try value.span() }
        if let value = fields["quota"] { world.quota = try counts(value) }
        if let value = fields["warmReplicas"] { world.warmReplicas = try counts(value) }
        if let value = fields["replicasPerNode"] { world.replicasPerNode = try value.count(1...100_000) }
        for (name, curve) in try fields["load"]?.named() ?? [] { world.load[name] = try load(curve) }
        return world
    }

    /// Replicas by namespace.
    private static func counts(_ value: ScenarioValue) throws(Malformed) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (namespace, count) in try value.named() { counts[namespace] = try count.count() }
        return counts
    }

    private static func load(_ value: ScenarioValue) throws(Malformed) -> LoadCurve {
        let fields = try value.fields(["mean", "swing", "period"])
        guard let mean = fields["mean"] else { throw Malformed("\(value.place) needs \"mean\", requests a second") }
        var curve = LoadCurve(mean: try mean.number(0...1e9))
        if let swing = fields["swing"] { curve.swing = try swing.number(0...1) }
        if let period = fields["period"] {
            curve.period = try period.span()
            guard curve.period > .zero else { throw Malformed("\(period.place) must be longer than nothing") }
        }
        return curve
    }

    private static func timed(_ value: ScenarioValue) throws(Malformed) -> Timed {
        var named = try value.named()
        guard let position = named.firstIndex(where: { $0.name == "at" }) else {
            throw Malformed("\(value.place) needs \"at\" and one disturbance")
        }
        let time = try named.remove(at: position).value.span()
        guard named.count == 1, let (name, values) = named.first else {
            throw Malformed("\(value.place) must hold exactly one disturbance beside \"at\"")
        }
        return Timed(at: time, disturbance: try Disturbance(name, values))
    }
}
