/// What instances last said that they do.
package protocol InstanceReports: Sendable {
    /// The last report of each of these; those that have said nothing yet, or are not known, are left out. Answers soon:
    /// nothing else is looked after meanwhile.
    func workers(_ instances: [String]) async -> [String: WorkerReport]
}
