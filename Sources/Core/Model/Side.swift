/// One of the two places that releases of an Application alternate between.
///
/// A side is a role; the namespace that it stands for is declared by the Application's ``Sides``.
package enum Side: String, Hashable, Sendable, CaseIterable, Codable {
    case flip, flop

    /// The side that this one alternates with.
    package var other: Side { self == .flip ? .flop : .flip }
}

/// A value for each side.
package struct PerSide<Value> {
    package var flip: Value
    package var flop: Value

    package init(flip: Value, flop: Value) {
        self.flip = flip
        self.flop = flop
    }

    package subscript(side: Side) -> Value {
        get { side == .flip ? flip : flop }
        set { if side == .flip { flip = newValue } else { flop = newValue } }
    }
}

extension PerSide: Sendable where Value: Sendable {}
extension PerSide: Equatable where Value: Equatable {}
extension PerSide: Hashable where Value: Hashable {}
extension PerSide: Codable where Value: Codable {}

/// The namespaces behind the two sides.
package typealias Sides = PerSide<String>

/// Shares of traffic (services) or of active consumers, in whole percent, that sum to 100 by construction.
package struct Weights: Hashable, Sendable, Codable {
    /// Percent on flip, 0…100.
    package let flip: Int
    /// Percent on flop, 0…100.
    package var flop: Int { 100 - flip }

    /// - Returns: nil unless both lie in 0…100 and sum to 100.
    package init?(flip: Int, flop: Int) {
        guard (0...100).contains(flip), flip + flop == 100 else { return nil }
        self.flip = flip
    }

    /// `weight` percent on `side`, the rest on the other; `weight` is clamped to 0…100.
    package init(_ weight: Int, on side: Side) {
        let clamped = min(max(weight, 0), 100)
        flip = side == .flip ? clamped : 100 - clamped
    }

    package subscript(side: Side) -> Int { side == .flip ? flip : flop }
}

extension Weights {
    private enum CodingKeys: String, CodingKey { case flip, flop }

    /// Refuses weights that do not sum to 100.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let flip = try container.decode(Int.self, forKey: .flip)
        guard let weights = Weights(flip: flip, flop: try container.decode(Int.self, forKey: .flop)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .flip, in: container, debugDescription: "weights are 0…100 and sum to 100")
        }
        self = weights
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(flip, forKey: .flip)
        try container.encode(flop, forKey: .flop)
    }
}
