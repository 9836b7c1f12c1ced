import Basics
package import Core
package import Foundation

/// What goes over the simulator's wire besides Core's own types. All of it is JSON.
package enum SimulatorWire {
    /// Largest body of a request or an answer, in bytes.
    package static let bodyLimit = 1 << 20

    /// Largest number, whichever way: a time in milliseconds, until the year 2286. Sums and products of what is read are
    /// taken, and whoever sent it may have meant harm.
    static let largest = 1e13

    /// How many times faster than real time a simulator may go on.
    package static let scales = 0.001...100_000.0

    /// Reads what came over the wire.
    ///
    /// - Throws: `DecodingError` where it is not of that type, ``Core/EffectFailure`` where a number lies beyond
    ///   ``largest``.
    package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try check(data)
        return try JSONDecoder().decode(type, from: data)
    }

    /// - Throws: ``Core/EffectFailure`` where a number of some JSON lies beyond ``largest``, the seeds of a world excepted.
    static func check(_ json: Data) throws {
        guard let value = try? JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed) else { return }
        if let (path, number) = immodest(value) {
            throw EffectFailure(
                .refused, "\(path): \(number) does not lie in -\(Int64(largest))…\(Int64(largest))")
        }
    }

    /// What is wrong with a body: where, and what is there instead.
    static func words(of error: DecodingError) -> String {
        let (context, detail): (DecodingError.Context, String) =
            switch error {
            case .typeMismatch(let type, let context): (context, "it is not \(kind(type))")
            case .dataCorrupted(let context): (context, context.debugDescription)
            case .valueNotFound(_, let context): (context, "it is null")
            case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "it cannot be read")
            }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return PlainText.line(path.isEmpty ? detail : "\(path): \(detail)", limit: 300)
    }

    /// What a value was to be, in JSON's words.
    private static func kind(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any Numeric.Type: "a number"
        case is [Any].Type: "a list"
        case is [String: Any].Type: "an object"
        default: "of the kind that is wanted"
        }
    }

    private static let seeds: Set<String> = ["seed", "generator"]

    private static func immodest(_ json: Any) -> (path: String, number: NSNumber)? {
        switch json {
        case let list as [Any]:
            for (index, element) in list.enumerated() {
                if let found = immodest(element) { return ("\(index).\(found.path)", found.number) }
            }
        case let object as [String: Any]:
            for (key, element) in object where !seeds.contains(key) {
                if let found = immodest(element) {
                    return (found.path.isEmpty ? key : "\(key).\(found.path)", found.number)
                }
            }
        case let number as NSNumber:
            if !(abs(number.doubleValue) <= largest) { return ("", number) }
        default: break
        }
        return nil
    }

    /// `POST /applications/{key}/actions`, where the key is an application's ``Tenant/key(_:)``, percent-encoded.
    package struct Order: Hashable, Sendable, Codable {
        package var action: Action
        package var key: ActionKey
        /// For whom; nil where whoever asks knows of no such thing.
        package var fleet: String?

        package init(action: Action, key: ActionKey, fleet: String? = nil) {
            self.action = action
            self.key = key
            self.fleet = fleet
        }
    }

    /// `GET /time`
    package struct Time: Hashable, Sendable, Codable {
        package var now: Instant
        /// How many times faster than real time it passes.
        package var scale: Double

        package init(now: Instant, scale: Double) {
            self.now = now
            self.scale = scale
        }

        /// Why nobody can go by it; nil where one can.
        package var fault: String? {
            guard now.milliseconds.magnitude <= UInt64(largest) else {
                return "its time is \(now.milliseconds) ms after 1970, which no clock says"
            }
            return scales.contains(scale)
                ? nil
                : "its time passes \(scale) times as fast, which does not lie in "
                    + "\(scales.lowerBound)…\(Int(scales.upperBound))"
        }
    }

    /// The body of every answer that is not 2xx.
    package struct Failure: Hashable, Sendable, Codable {
        /// A ``Core/EffectFailure/Kind``.
        package var kind: String
        package var message: String

        package init(_ failure: EffectFailure) {
            kind = failure.kind.rawValue
            message = failure.message
        }

        package var failure: EffectFailure {
            EffectFailure(EffectFailure.Kind(rawValue: kind) ?? .refused, message)
        }
    }
}
