internal import Core

private struct RolloutDraft {
    var strategy: Marked<StrategyChoice>?
    var until: Marked<String>?
}

private enum StrategyChoice {
    case named(String)
    case inline(DeclaredStrategy)
}

private struct ApplicationDraft {
    var version = ""
    var activation = Activation.active
    var suspend = false
    var suspendReason: String?
    var sides = Sides(flip: "flip", flop: "flop")
    var dependsOn: [Marked<String>] = []
    var components: [ComponentDraft] = []
    var contract = MarkedContract()
    var rollout = RolloutDraft()
}

extension Form where Value == DeclaredApplication {
    /// An Application's `spec`; names come with `metadata`.
    static let application = Table<ApplicationDraft>(
        "application", "Components that ship as one version, and how that version arrives.",
        [
            Field("version", .version, "The version, quoted where YAML would take it for a number.", required: true) {
                $0.version = $1
            },
            Field("activation", .choice, "`inactive` deploys dark: no traffic, no messages.", standard: "active") {
                $0.activation = $1
            },
            Field("suspend", .boolean, "Hold everything where it is; going back still works.", standard: "false") {
                $0.suspend = $1
            },
            Field("suspendReason", .line(limit: 1024), "Why it is suspended.") { $0.suspendReason = $1 },
            Field("sides", sides, "The two namespaces that releases alternate between.", standard: "[flip, flop]") {
                $0.sides = $1
            },
            Field(
                "dependsOn", Form<String>.name.marked.list(0...32),
                "Applications that must be Healthy at their declared version first.", standard: "[]"
            ) { $0.dependsOn = $1 },
            Field(
                "components", Form<ComponentDraft>.component.list(1...32), "What ships together.", required: true
            ) { $0.components = $1 },
            Field("contract", .contract, "Which schemas this version reads and writes.", standard: "{}") {
                $0.contract = $1
            },
            Field("rollout", rollout, "How a new version arrives.", standard: "{}") { $0.rollout = $1 },
        ]
    ).form {
        ApplicationDraft()
    } make: { draft, _, reader in
        draft.judge(&reader)
        return draft.declared
    }

    private static let sides = Form<Sides>(.list(Form<String>.name.shape, 2...2)) { reader throws(Stop) in
        let mark = reader.mark
        guard let names = try twoNames.read(&reader), names.count == 2 else { return nil }
        if names[0] == names[1] {
            reader.add(.duplicateValue, at: mark, "the two sides must be two namespaces")
        }
        return Sides(flip: names[0], flop: names[1])
    }

    private static let twoNames = Form<String>.name.list(2...2)

    private static let rollout = Table<RolloutDraft>(
        "rollout", "How a new version arrives.",
        [
            Field("strategy", strategy.marked, "A Strategy by name, or one inline.") { $0.strategy = $1 },
            Field(
                "until", Form<String>.name.marked, "Stop after the stage of this name until a commit raises it."
            ) { $0.until = $1 },
        ]
    ).form { RolloutDraft() }

    private static let strategy = Form<StrategyChoice>(
        .either([Form<String>.name.shape, Form<DeclaredStrategy>.strategy.shape])
    ) { reader throws(Stop) in
        if reader.kind == .mappingStart {
            return try Form<DeclaredStrategy>.strategy.read(&reader).map { .inline($0) }
        }
        return try Form<String>.name.read(&reader).map { .named($0) }
    }
}

extension ApplicationDraft {
    fileprivate func judge(_ reader: inout NodeReader) {
        if components.count > 1 { _ = components.map(\.name).distinct(&reader) }
        _ = dependsOn.distinct(&reader)
        for index in components.indices {
            for position in components[index].subscriptions.indices {
                judge(components[index].subscriptions[position], at: (index, position), &reader)
            }
        }
    }

    private func judge(_ subscription: SubscriptionDraft, at place: (Int, Int), _ reader: inout NodeReader) {
        let topic = subscription.topic
        let isSame = { (other: SubscriptionDraft) in
            other.topic.value == topic.value && other.subscription == subscription.subscription
        }
        // A thousand at most; a set costs every application more.
        let isRepeated =
            components[place.0].subscriptions[..<place.1].contains(where: isSame)
            || components[..<place.0].contains { $0.subscriptions.contains(where: isSame) }
        if isRepeated {
            reader.add(
                .duplicateValue, at: topic.mark,
                "the subscription \"\(subscription.subscription)\" of \"\(topic.value)\" stands here twice")
        }
        if !contract.accepts.contains(where: { $0.key.value == topic.value }) {
            reader.add(
                .notAccepted, at: topic.mark,
                "the contract accepts no schema of \"\(topic.value)\", which is consumed here", severity: .warning)
        }
    }

    fileprivate var declared: DeclaredApplication {
        var references: [DeclaredApplication.Reference] = []
        references.reserveCapacity(8)
        func refer(_ target: DeclaredApplication.Reference.Target, _ name: Marked<String>) {
            references.append(.init(target: target, name: name.value, mark: name.mark))
        }
        var strategy = StrategyReference.standard
        if let choice = rollout.strategy {
            switch choice.value {
            case .named(let name):
                strategy = .named(name)
                refer(.strategy, Marked(name, at: choice.mark))
            case .inline(let inline):
                strategy = .inline(inline.strategy)
                inline.gates.forEach { refer(.gate, $0) }
            }
        }
        if let until = rollout.until { refer(.until, until) }
        dependsOn.forEach { refer(.dependency, $0) }
        for index in components.indices { components[index].subscriptions.forEach { refer(.topic, $0.topic) } }
        for entry in contract.accepts { refer(.accepts, entry.key) }
        for entry in contract.publishes { refer(.publishes, entry.key) }
        let release = Release(
            version: version, components: components.compactMap { $0.component },
            contract: contract.contract)
        var replicas = [String: Int](minimumCapacity: components.count)
        for index in components.indices { replicas[components[index].name.value] = components[index].replicas }
        return DeclaredApplication(
            application: Application(
                name: "", release: release, activation: activation, suspend: suspend, suspendReason: suspendReason,
                sides: sides, dependsOn: dependsOn.map(\.value), replicas: replicas, strategy: strategy,
                until: rollout.until?.value),
            references: references)
    }
}
