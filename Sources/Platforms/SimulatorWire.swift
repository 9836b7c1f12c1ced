package import Core
package import Foundation

/// What goes over the simulator's wire besides Core's own types. All of it is JSON.
package enum SimulatorWire {
    /// Largest body of a request or an answer, in bytes.
    package static let bodyLimit = 1 << 20

    /// Largest number, whichever way: a time in milliseconds, until the year 2286. Sums and products of what is read are
    /// taken, and whoever sent it may have meant harm.
    static let largest = 1e13

    /// Reads what came over the wire.
    ///
    /// - Throws: `DecodingError` where it is not of that type, or a number lies beyond ``largest``.
    package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let value = try JSONDecoder().decode(type, from: data)
        guard isModest(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "a number in it lies beyond \(Int64(largest))"))
        }
        return value
    }

    private static func isModest(_ json: Any) -> Bool {
        switch json {
        case let list as [Any]: list.allSatisfy(isModest)
        case let object as [String: Any]: object.values.allSatisfy(isModest)
        case let number as NSNumber: abs(number.doubleValue) <= largest
        default: true
        }
    }

    /// `POST /applications/{name}/actions`
    package struct Order: Hashable, Sendable, Codable {
        package var action: Action
        package var key: ActionKey

        package init(action: Action, key: ActionKey) {
            self.action = action
            self.key = key
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
