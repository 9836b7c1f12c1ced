package typealias ApplicationName = String

/// The unit of release: components that ship as one version, and how that version arrives.
///
/// A copy is one reference: the catalogue, a declaration and the engine that hold the same application share its memory.
package struct Application: Hashable, Sendable, Codable {
    private struct Fields: Hashable, Sendable, Codable {
        var name: ApplicationName
        var renamedFrom: ApplicationName?
        var release: Release
        var activation: Activation
        var suspend: Bool
        var suspendReason: String?
        var sides: Sides
        var dependsOn: [ApplicationName]
        var replicas: [String: Int]
        var strategy: StrategyReference
        var until: String?
    }

    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    private var storage: Storage

    private var fields: Fields {
        get { storage.fields }
        set { storage = Storage(newValue) }
    }

    package var name: ApplicationName {
        get { storage.fields.name }
        set { fields.name = newValue }
    }

    /// The name that this application ran under before; its running sides are adopted.
    package var renamedFrom: ApplicationName? {
        get { storage.fields.renamedFrom }
        set { fields.renamedFrom = newValue }
    }

    package var release: Release {
        get { storage.fields.release }
        set { fields.release = newValue }
    }

    package var activation: Activation {
        get { storage.fields.activation }
        set { fields.activation = newValue }
    }

    /// Hold everything where it is. Going back still works.
    package var suspend: Bool {
        get { storage.fields.suspend }
        set { fields.suspend = newValue }
    }

    package var suspendReason: String? {
        get { storage.fields.suspendReason }
        set { fields.suspendReason = newValue }
    }

    /// Namespaces behind flip and flop.
    package var sides: Sides {
        get { storage.fields.sides }
        set { fields.sides = newValue }
    }

    /// Applications that must be Healthy at their declared version before a rollout of this one begins.
    package var dependsOn: [ApplicationName] {
        get { storage.fields.dependsOn }
        set { fields.dependsOn = newValue }
    }

    /// Replicas of each component that carry 100 % of the load, at least 1, by component name.
    package var replicas: [String: Int] {
        get { storage.fields.replicas }
        set { fields.replicas = newValue }
    }

    package var strategy: StrategyReference {
        get { storage.fields.strategy }
        set { fields.strategy = newValue }
    }

    /// Stop after the stage of this name until a commit raises it.
    package var until: String? {
        get { storage.fields.until }
        set { fields.until = newValue }
    }

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
        storage = Storage(
            Fields(
                name: name, renamedFrom: renamedFrom, release: release, activation: activation, suspend: suspend,
                suspendReason: suspendReason, sides: sides, dependsOn: dependsOn, replicas: replicas,
                strategy: strategy, until: until))
    }

    /// Holds what earlier applications hold too only once.
    package mutating func share(_ sharing: inout ReleaseSharing) {
        var shared = fields
        sharing.share(&shared.release.contract)
        sharing.share(&shared.replicas)
        fields = shared
    }

    package init(from decoder: any Decoder) throws { storage = Storage(try Fields(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }

    package static func == (a: Application, b: Application) -> Bool {
        a.storage === b.storage || a.fields == b.fields
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(fields) }
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
    /// Indirect, since few write one and every application would have room for it.
    indirect case inline(Strategy)
}
