package import Core

/// What is left out of a generated scenario, and what is moved in it: how a shrunk failure is written down and replayed.
package struct Reduction: Equatable, Sendable {
    /// Applications that are left out, with all that is done to them.
    package var applications: Set<ApplicationName> = []
    /// Positions of steps of the generated scenario that are left out.
    package var steps: Set<Int> = []
    /// Kinds of fault that remain; nil for all of the scenario's.
    package var faults: [Fault]?
    /// When steps happen that were moved, since the start, by their positions.
    package var times: [Int: Span] = [:]

    package init() {}

    /// The scenario without what is left out.
    package func applied(to scenario: Scenario) -> Scenario {
        var smaller = scenario
        smaller.fleet.removeAll { applications.contains($0.name) }
        for index in smaller.fleet.indices { smaller.fleet[index].dependsOn.removeAll(where: applications.contains) }
        smaller.steps = scenario.steps.enumerated().compactMap { position, step in
            guard keeps(position, of: scenario) else { return nil }
            return Scenario.Step(at: times[position] ?? step.at, deed: step.deed)
        }
        if let faults { smaller.faults = faults }
        return smaller
    }

    /// Whether a step remains, of the scenario that it is a position in.
    func keeps(_ position: Int, of scenario: Scenario) -> Bool {
        if steps.contains(position) { return false }
        return scenario.steps[position].deed.application.map { !applications.contains($0) } ?? true
    }

    /// Options of `sluice-simulation` that ask for the same.
    package var arguments: [String] {
        var arguments: [String] = []
        func add(_ option: String, _ values: [String]) {
            if !values.isEmpty { arguments += [option, values.joined(separator: ",")] }
        }
        add("--without-applications", applications.sorted())
        add("--without", steps.sorted().map(String.init))
        add("--moved", times.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        if let faults { add("--faults", faults.isEmpty ? ["none"] : faults.map(\.rawValue)) }
        return arguments
    }

    /// Reads what ``arguments`` writes.
    ///
    /// - Throws: ``Unreadable`` where a value is none of its kind.
    package init(applications: String, steps: String, times: String, faults: String?) throws(Unreadable) {
        func parts(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        self.applications = Set(parts(applications))
        for part in parts(steps) {
            guard let position = Int(part) else { throw Unreadable(description: "\(part) is no position of a step") }
            self.steps.insert(position)
        }
        for part in parts(times) {
            let pair = part.split(separator: "=").map(String.init)
            guard pair.count == 2, let position = Int(pair[0]), let span = Span(pair[1]) else {
                throw Unreadable(description: "\(part) is not a step's position and its time, like 3=10m")
            }
            self.times[position] = span
        }
        guard let faults else { return }
        var kinds: [Fault] = []
        for part in parts(faults) where part != "none" {
            guard let fault = Fault(rawValue: part) else {
                throw Unreadable(description: "\(part) is no kind of fault")
            }
            kinds.append(fault)
        }
        self.faults = kinds
    }

    /// A value that an option cannot have.
    package struct Unreadable: Error, CustomStringConvertible {
        package var description: String
    }
}
