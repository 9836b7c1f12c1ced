package import Core

/// What goes over the simulator's wire besides Core's own types. All of it is JSON.
package enum SimulatorWire {
    /// Largest body of a request or an answer, in bytes.
    package static let bodyLimit = 1 << 20

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
