package import Signal

/// How many instances of an application are to be active: its route, in the words of the signal.
package struct WantedElevation: Hashable, Sendable {
    /// Percent that each side has; zero on both where there is no route.
    package var weights = Signal.PerSide<Int>(flip: 0, flop: 0)
    /// By component; none of a component that is missing.
    package var actives: [String: Signal.PerSide<Int>] = [:]
    /// The commit of the manifests that gave rise to it.
    package var revision: String?

    package init() {}
}
