internal import Core

/// A contract with the places of its topics.
struct MarkedContract {
    var accepts: [Entry<[String]>] = []
    var publishes: [Entry<[String]>] = []

    var contract: Contract {
        Contract(accepts: Self.schemas(accepts), publishes: Self.schemas(publishes))
    }

    private static func schemas(_ entries: [Entry<[String]>]) -> TopicSchemas {
        TopicSchemas(entries.lazy.map { (topic: $0.key.value, schemas: $0.value) })
    }
}

extension Form where Value == MarkedContract {
    static let contract = Table<MarkedContract>(
        "contract", "Which schemas this version reads and writes.",
        [
            Field("accepts", schemas, "Schemas that its consumers understand, by topic.", standard: "{}") {
                $0.accepts = $1
            },
            Field("publishes", schemas, "Schemas that it may publish, by topic.", standard: "{}") { $0.publishes = $1 },
        ]
    ).form { MarkedContract() }

    private static let schemas = Form<String>.name.keying(
        Form<String>.version.distinctList(1...64).map { $0.count < 2 ? $0 : $0.sorted() }, limit: 64)
}

struct SubscriptionDraft {
    var topic = Marked("", at: .start)
    var subscription = ""
    var exclusive = false
}

extension Form where Value == SubscriptionDraft {
    static let subscription = Table<SubscriptionDraft>(
        "subscription", "A consumer's named position in a topic.",
        [
            Field("topic", Form<String>.name.marked, "A Topic.", required: true) { $0.topic = $1 },
            Field("subscription", .name, "The position's name.", required: true) { $0.subscription = $1 },
            Field(
                "exclusive", .boolean,
                "Only one active consumer may hold it; activation then moves once, at the first stage of at least 50.",
                standard: "false"
            ) { $0.exclusive = $1 },
        ]
    ).form { SubscriptionDraft() }
}

/// A component with what the catalogue must know of it.
struct ComponentDraft {
    var name = Marked("", at: .start)
    var kind = Component.Kind.service
    var replicas = 1
    var run: Run?
    var subscriptions: [SubscriptionDraft] = []

    var component: Component? {
        guard let run else { return nil }
        return Component(
            name: name.value, kind: kind, run: run,
            subscriptions: subscriptions.map {
                Subscription(topic: $0.topic.value, subscription: $0.subscription, exclusive: $0.exclusive)
            })
    }
}

extension Form where Value == ComponentDraft {
    static let component = Table<ComponentDraft>(
        "component", "A service or a consumer that ships as part of the application.",
        [
            Field("name", Form<String>.name.marked, "Unique in the application.", required: true) { $0.name = $1 },
            Field(
                "kind", .choice, "A `service` takes requests, a `consumer` takes messages.", required: true
            ) { $0.kind = $1 },
            Field(
                "replicas", .integer(1...10_000), "Replicas that carry 100 % of the load.", standard: "1"
            ) { $0.replicas = $1 },
            Field("run", .run, "What to run.", required: true) { $0.run = $1 },
            Field(
                "subscriptions", Form<SubscriptionDraft>.subscription.list(0...32), "What a consumer consumes.",
                standard: "[]"
            ) {
                $0.subscriptions = $1
            },
        ]
    ).form {
        ComponentDraft()
    } make: { draft, mark, reader in
        if draft.kind == .service, !draft.subscriptions.isEmpty {
            reader.add(.invalidValue, at: mark, "a service has no subscriptions: \"\(draft.name.value)\" has")
        }
        if draft.kind == .consumer, draft.subscriptions.isEmpty {
            reader.add(.missingField, at: mark, "the consumer \"\(draft.name.value)\" needs \"subscriptions\"")
        }
        if draft.kind == .service, case .process(let run) = draft.run, run.readiness == .report {
            reader.add(
                .invalidValue, at: mark, "a service reports nothing: \"\(draft.name.value)\" cannot be ready by report")
        }
        return draft
    }
}
