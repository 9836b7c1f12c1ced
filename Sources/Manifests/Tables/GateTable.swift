internal import Core

private struct GateDraft {
    var when: Gate.When?
    var check: Gate.Check?
}

extension Form where Value == Gate {
    /// A Gate's `spec`; the name comes with `metadata`.
    static let gate = Table<GateDraft>(
        "gate", "A check that must pass for a rollout to go on.",
        exclusive: [["smokeTest", "analysis", "webhook", "approval"]],
        [
            Field(
                "when", .choice,
                "`before` the stage's weight is given, or `during` its hold. Left out: smoke tests and approvals before, "
                    + "analyses and webhooks during."
            ) { $0.when = $1 },
            Field("smokeTest", .smokeTest, "Requests to the new version.") { $0.check = .smokeTest($1) },
            Field("analysis", .analysis, "A metric, measured again and again.") { $0.check = .analysis($1) },
            Field("webhook", webhook, "A question put to a URL.") { $0.check = .webhook($1) },
            Field("approval", approval, "A person's consent.") { $0.check = .approval($1) },
        ]
    ).form {
        GateDraft()
    } make: { draft in
        draft.check.map { Gate(name: "", when: draft.when ?? Gate.defaultWhen(for: $0), check: $0) }
    }

    private static let webhook = Table<Webhook>(
        "webhook", "A question put to a URL: 2xx passes, 403 fails the gate at once, 409 and 425 mean not yet.",
        [
            Field("url", .url, "An http or https URL that is sent a POST.", required: true) { $0.url = $1 },
            Field(
                "timeout", .duration(least: .milliseconds(1)), "How long to wait for the answer, by the wall's clock.",
                standard: "10s"
            ) {
                $0.timeout = $1
            },
        ]
    ).form { Webhook(url: "") }

    private static let approval = Table<Approval>(
        "approval", "A person's consent.",
        [Field("count", .integer(1...20), "Approvals needed.", standard: "1") { $0.count = $1 }]
    ).form { Approval() }
}
