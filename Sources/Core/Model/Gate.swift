/// A check that must pass for a rollout to go on.
package struct Gate: Hashable, Sendable, Codable {
    package var name: String
    package var when: When
    package var check: Check

    package enum When: String, Hashable, Sendable, CaseIterable, Codable {
        /// Before the stage's weight is given.
        case before
        /// While the stage's weight is held.
        case during
    }

    package enum Check: Hashable, Sendable, Codable {
        case smokeTest(SmokeTest)
        case analysis(Analysis)
        case webhook(Webhook)
        case approval(Approval)

        package var kind: Kind {
            switch self {
            case .smokeTest: .smokeTest
            case .analysis: .analysis
            case .webhook: .webhook
            case .approval: .approval
            }
        }
    }

    /// What it checks, without how. The names are those of the manifest's fields.
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        case smokeTest, analysis, webhook, approval

        /// `an analysis`
        package var words: String {
            switch self {
            case .smokeTest: "a smoke test"
            case .analysis: "an analysis"
            case .webhook: "a webhook"
            case .approval: "an approval"
            }
        }
    }

    package init(name: String, when: When, check: Check) {
        self.name = name
        self.when = when
        self.check = check
    }

    /// The default for `when`: smoke tests and approvals before, analyses and webhooks during.
    package static func defaultWhen(for check: Check) -> When {
        switch check {
        case .smokeTest, .approval: .before
        case .analysis, .webhook: .during
        }
    }
}

/// A question put to a URL: 2xx passes, 403 says no for good.
package struct Webhook: Hashable, Sendable, Codable {
    package var url: String
    package var timeout: Span

    package init(url: String, timeout: Span = .seconds(10)) {
        self.url = url
        self.timeout = timeout
    }
}

/// A person's consent.
package struct Approval: Hashable, Sendable, Codable {
    /// Approvals needed, at least 1.
    package var count: Int

    package init(count: Int = 1) {
        self.count = count
    }
}

/// The outcome of one evaluation of a gate.
package enum GateOutcome: String, Hashable, Sendable, CaseIterable, Codable {
    case passed = "Passed"
    case failed = "Failed"
    case inconclusive = "Inconclusive"
    case error = "Error"
}
