package typealias ApplicationName = String

/// The unit of release: components that ship as one version, and how that version arrives.
package struct Application: Hashable, Sendable, Codable {
    package var name: ApplicationName
    /// The name that this application ran under before; its running sides are adopted.
    package var renamedFrom: ApplicationName?
    package var release: Release
    package var activation: Activation
    /// Hold everything where it is. Going back still works.
    package var suspend: Bool
    package var suspendReason: String?
    /// Namespaces behind flip and flop.
    package var sides: Sides
    /// Applications that must be Healthy at their declared version before a rollout of this one begins.
    package var dependsOn: [ApplicationName]
    /// Replicas of each component that carry 100 % of the load, at least 1, by component name.
    package var replicas: [String: Int]
    package var strategy: StrategyReference
    /// Stop after the stage of this name until a commit raises it.
    package var until: String?

    package init(
        name: ApplicationName,
        renamedFrom: ApplicationName? = nil,
        release: Release,
        activation: Activation = .active,
        suspend: Bool = false,
        suspendReason: String? = nil,
        sides: Sides = Sides(flip: "flip", flop: "flop"),
        dependsOn: [ApplicationName] = [],
        replicas: [String: Int],
        strategy: StrategyReference = .standard,
        until: String? = nil
    ) {
        self.name = name
        self.renamedFrom = renamedFrom
        self.release = release
        self.activation = activation
        self.suspend = suspend
        self.suspendReason = suspendReason
        self.sides = sides
        self.dependsOn = dependsOn
        self.replicas = replicas
        self.strategy = strategy
        self.until = until
    }
}

/// Whether a release takes traffic and messages.
package enum Activation: String, Hashable, Sendable, CaseIterable, Codable {
    case active
    /// Provisioned and testable, but dark: no traffic, no messages.
    case inactive
}

package enum StrategyReference: Hashable, Sendable, Codable {
    /// No strategy named: ``Strategy/standard``.
    case standard
    case named(String)
    indirect case inline(Strategy)
}
