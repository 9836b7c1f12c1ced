/// Lets releases that are read one by one share the parts in which many are alike: a fleet has few different contracts
/// and few different sizes, and keeps them for every application.
package struct ReleaseSharing: Sendable {
    private var schemas: Set<TopicSchemas> = []
    private var replicas: Set<[String: Int]> = []

    /// Distinct values that are remembered of each kind. Where there are more, sharing begins anew: manifests from
    /// anywhere must not make it grow without end, and those of today are alike.
    private static let limit = 4096

    package init() {}

    package mutating func share(_ contract: inout Contract) {
        contract.accepts = Self.shared(contract.accepts, &schemas)
        contract.publishes = Self.shared(contract.publishes, &schemas)
    }

    /// - Parameter replicas: by component name.
    package mutating func share(_ replicas: inout [String: Int]) {
        replicas = Self.shared(replicas, &self.replicas)
    }

    private static func shared<Value>(_ value: Value, _ known: inout Set<Value>) -> Value {
        if known.count >= limit, !known.contains(value) { known.removeAll(keepingCapacity: true) }
        return known.insert(value).memberAfterInsert
    }
}
