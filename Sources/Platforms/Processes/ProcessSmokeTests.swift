package import Core
import Gates
package import Reconciler

/// Smoke tests of services that run as processes: one that says no URL asks a ready replica of the candidate.
package struct ProcessSmokeTests: GateEvaluator {
    private let platform: ProcessPlatform
    private let files: any ManifestFiles

    /// - Parameters:
    ///   - platform: knows where replicas answer.
    ///   - files: where replays are read.
    package init(_ platform: ProcessPlatform, files: any ManifestFiles) {
        self.platform = platform
        self.files = files
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        guard case .smokeTest(let test) = run.gate.check else { return .unavailable(detail: "this is no smoke test") }
        var address: String?
        if test.url == nil, let component = test.component ?? run.service {
            address = await platform.address(of: component, of: run.application, on: run.candidate)
            guard address != nil else {
                return .outcome(
                    .error,
                    detail:
                        "no replica of \(component) on \(run.candidate.rawValue) is ready and has a port to be asked on"
                )
            }
        }
        return await SmokeTestEvaluator(standardURL: address, files: files).evaluate(run)
    }
}
