package import Elevation

/// What instances last said that they do.
package protocol InstanceReports: Sendable {
    /// The last report of an instance; nil where it has said nothing yet, or is not known. Answers at once.
    func worker(_ instance: String) -> WorkerReport?
}
