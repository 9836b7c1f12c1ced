/// The engine's constants. Defaults are for production; the simulation varies them.
package struct EngineConfiguration: Hashable, Sendable {
    package var environment: String
    /// Seed of the jitter.
    package var seed: UInt64
    /// Time between polls of the manifest repository.
    package var pollInterval: Span = .seconds(10)
    /// Time between observations of an application that is moving or waiting for capacity.
    package var activeObserveInterval: Span = .seconds(5)
    /// Time between observations of an application that is at rest: how soon drift is found.
    package var idleObserveInterval: Span = .minutes(5)
    /// An observation older than this raises no weight.
    package var maxObservationAge: Span = .seconds(30)
    /// How long an application that is no longer declared keeps serving before it is torn down.
    package var removalGrace: Span = .minutes(5)
    /// How far the platform's clock and ours may differ for recorded times to be trusted after a restart.
    package var clockTolerance: Span = .minutes(1)
    /// After this an effect counts as lost.
    package var effectDeadline: Span = .minutes(2)
    /// First delay after a failure; it doubles with each further one.
    package var backoffBase: Span = .seconds(1)
    package var backoffLimit: Span = .minutes(5)
    /// The longest delay after git failed. It is asked in every poll interval while it answers, so that asking it about as
    /// often while it does not costs nobody more, and what waits for it goes on soon after it is back.
    package var gitBackoffLimit: Span {
        min(backoffLimit, max(backoffBase, Span(milliseconds: 3 * pollInterval.milliseconds)))
    }
    /// Observations and actions under way at once, over all applications; and evaluations of gates.
    package var concurrency: Int = 64
    /// What this daemon's platform is called in manifests; nil where any will do.
    package var platform: Namespace.Platform?

    package init(environment: String = "default", seed: UInt64 = 0) {
        self.environment = environment
        self.seed = seed
    }
}
