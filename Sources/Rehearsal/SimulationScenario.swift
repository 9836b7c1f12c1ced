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
        let parsed: Any
        do {
            parsed = try JSONSerialization.jsonObject(with: Data(bytes))
        } catch {
            throw Malformed("this is not JSON")
        }
        guard let root = parsed as? [String: Any] else { throw Malformed("the file must hold a JSON object") }
        try Self.check(root, keys: ["seed", "world", "disturbances"], at: "")
        if let value = root["seed"] {
            guard let number = value as? NSNumber, number.int64Value >= 0 else {
                throw Malformed("seed must be a whole number of at least 0")
            }
            seed = number.uint64Value
        }
        if let value = root["world"] { world = try Self.world(value) }
        if let value = root["disturbances"] {
            guard let list = value as? [Any] else { throw Malformed("disturbances must be a list") }
            for (index, entry) in list.enumerated() {
                disturbances.append(try Self.timed(entry, at: "disturbances[\(index)]"))
            }
        }
    }

    /// What is wrong with a scenario file, in one sentence.
    package struct Malformed: Error, CustomStringConvertible {
        package var description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static func check(_ object: [String: Any], keys: Set<String>, at place: String) throws(Malformed) {
        for key in object.keys.sorted() where !keys.contains(key) {
            throw Malformed(
                "\(place.isEmpty ? "" : place + ": ")there is no \"\(key)\" here; known are "
                    + keys.sorted().joined(separator: ", "))
        }
    }

    private static func span(_ value: Any?, _ place: String) throws(Malformed) -> Span {
        guard let text = value as? String, let span = Span(text) else {
            throw Malformed("\(place) must be a duration such as \"90s\" or \"1h30m\"")
        }
        return span
    }

    private static func world(_ value: Any) throws(Malformed) -> WorldConfiguration {
        guard let object = value as? [String: Any] else { throw Malformed("world must be an object") }
        let spans: Set<String> = ["nodeProvisioning", "propagation", "signalDelay"]
        try check(object, keys: spans.union(["quota", "warmReplicas", "replicasPerNode", "load"]), at: "world")
        var world = WorldConfiguration()
        if let value = object["nodeProvisioning"] { world.nodeProvisioning = try span(value, "world.nodeProvisioning") }
        if let value = object["propagation"] { world.propagation = try span(value, "world.propagation") }
        if let value = object["signalDelay"] { world.signalDelay = try span(value, "world.signalDelay") }
        if let value = object["quota"] { world.quota = try counts(value, "world.quota") }
        if let value = object["warmReplicas"] { world.warmReplicas = try counts(value, "world.warmReplicas") }
        if let value = object["replicasPerNode"] {
            guard let count = value as? Int, count > 0 else {
                throw Malformed("world.replicasPerNode must be a whole number of at least 1")
            }
            world.replicasPerNode = count
        }
        if let value = object["load"] {
            guard let loads = value as? [String: Any] else { throw Malformed("world.load must be an object") }
            for (name, curve) in loads { world.load[name] = try load(curve, "world.load.\(name)") }
        }
        return world
    }

    private static func counts(_ value: Any, _ place: String) throws(Malformed) -> [String: Int] {
        guard let counts = value as? [String: Int], counts.values.allSatisfy({ $0 >= 0 }) else {
            throw Malformed("\(place) must give a number of replicas for each namespace")
        }
        return counts
    }

    private static func load(_ value: Any, _ place: String) throws(Malformed) -> LoadCurve {
        guard let object = value as? [String: Any], let mean = object["mean"] as? Double, mean >= 0 else {
            throw Malformed("\(place) needs \"mean\", requests a second")
        }
        try check(object, keys: ["mean", "swing", "period"], at: place)
        let swing = object["swing"].map { $0 as? Double ?? -1 } ?? 0
        guard (0...1).contains(swing) else { throw Malformed("\(place).swing must lie between 0 and 1") }
        guard let period = object["period"] else { return LoadCurve(mean: mean, swing: swing) }
        return LoadCurve(mean: mean, swing: swing, period: try span(period, "\(place).period"))
    }

    private static func timed(_ value: Any, at place: String) throws(Malformed) -> Timed {
        guard var object = value as? [String: Any], let at = object.removeValue(forKey: "at") else {
            throw Malformed("\(place) needs \"at\" and one disturbance")
        }
        let time = try span(at, "\(place).at")
        guard object.count == 1, let (name, values) = object.first else {
            throw Malformed("\(place) must hold exactly one disturbance beside \"at\"")
        }
        if name == "clockSet" {
            return Timed(at: time, disturbance: .clockSet(try span(values, "\(place).clockSet")))
        }
        guard var fields = values as? [String: Any] else { throw Malformed("\(place).\(name) must be an object") }
        if let until = fields["until"] { fields["until"] = try span(until, "\(place).\(name).until").milliseconds }
        do {
            let data = try JSONSerialization.data(withJSONObject: [name: fields])
            return Timed(at: time, disturbance: try JSONDecoder().decode(Disturbance.self, from: data))
        } catch DecodingError.keyNotFound(let key, _) {
            throw Malformed("\(place).\(name) needs \"\(key.stringValue)\"")
        } catch {
            throw Malformed("\(place): \"\(name)\" is no disturbance, or one of its values is of the wrong kind")
        }
    }
}
