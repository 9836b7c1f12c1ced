/// One of the two places that releases of an application alternate between.
public enum Side: String, Hashable, Sendable, CaseIterable {
    case flip, flop

    /// The side that this one alternates with.
    public var other: Side { self == .flip ? .flop : .flip }
}

/// A value for each side.
public struct PerSide<Value> {
    /// Of flip.
    public var flip: Value
    /// Of flop.
    public var flop: Value

    /// One for each.
    @inlinable
    public init(flip: Value, flop: Value) {
        self.flip = flip
        self.flop = flop
    }

    /// The side's.
    @inlinable
    public subscript(side: Side) -> Value {
        get { side == .flip ? flip : flop }
        set { if side == .flip { flip = newValue } else { flop = newValue } }
    }
}

extension PerSide: Sendable where Value: Sendable {}
extension PerSide: Equatable where Value: Equatable {}
extension PerSide: Hashable where Value: Hashable {}
