/// A way of releasing that is studied.
package enum Policy: String, CaseIterable, Sendable, Encodable {
    case allAtOnce = "all at once"
    case rollingUpdate = "rolling update"
    case fixedSteps = "fixed steps"
    case thresholds = "fixed steps, thresholds"
    case sluice = "Sluice's default"
}
