/// How a component runs as real processes of this machine.
package struct ProcessRun: Hashable, Sendable, Codable {
    /// When a process counts as ready.
    package enum Readiness: Hashable, Sendable, Codable {
        /// As soon as it runs.
        case running
        /// While `GET` of this path on its first port is answered 2xx.
        case http(path: String)
        /// Once it has said what it does, in a poll of its elevation. Only consumers do.
        case report
    }

    /// The program, which is looked for on the path, and its arguments; at least the program.
    package var command: [String]
    /// Variables beside those that every process is given.
    package var environment: [String: String]
    /// Where it runs; nil for where the daemon does, which a relative one stands for too.
    package var directory: String?
    /// Names of ports on loopback. A process finds the number of each in `PORT_<NAME>`, that of the first in `PORT` too.
    package var ports: [String]
    package var readiness: Readiness
    /// Time from its start within which it becomes ready; one that does not is started anew.
    package var startTimeout: Span
    /// Time that it has to finish what it holds, from the change that takes its work away, and from SIGTERM to SIGKILL.
    package var drainTime: Span

    package init(
        command: [String], environment: [String: String] = [:], directory: String? = nil, ports: [String] = [],
        readiness: Readiness = .running, startTimeout: Span = .minutes(1), drainTime: Span = .seconds(10)
    ) {
        self.command = command
        self.environment = environment
        self.directory = directory
        self.ports = ports
        self.readiness = readiness
        self.startTimeout = startTimeout
        self.drainTime = drainTime
    }
}
