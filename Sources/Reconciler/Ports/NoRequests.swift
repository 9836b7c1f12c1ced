package import Core

/// Where nobody can ask for anything, and nothing may be committed to manifests: a loop that is not a daemon's.
package struct NoRequests: RequestSource, ManifestRestorer {
    package init() {}

    package func read() async -> RequestsOutcome { .standing([]) }

    package func startOver() async {}

    package func collect(_ requests: [Request]) async {}

    package func restore(_ order: RestoreOrder) async -> RestoreOutcome {
        .failed(EffectFailure(.refused, "nothing here may commit to the manifest branch"))
    }
}
