package import Signal

/// What is known of the machines whose agents cannot report: a folder for each, with the registrations of its instances
/// as they stand on the machine.
///
/// Whoever starts instances knows them; what they do, nobody says.
package struct MachineInventory {
    private let path: String
    private var folders: [String: RegistrationFolder<Registration>] = [:]
    private var said: Set<String> = []

    /// Time between looks.
    package static let interval = Duration.seconds(1)

    /// What a look found.
    package struct Look: Hashable {
        /// Of machines that have changed, or are gone; all instances of each.
        package var reports: [MachineReport] = []
        /// What is newly wrong, a sentence each.
        package var findings: [String] = []
    }

    /// Nothing is read yet.
    package init(_ path: String) { self.path = path }

    /// Looks at all machines.
    package mutating func look() -> Look {
        var look = Look()
        let names: [String]
        do throws(LocalFile.Problem) {
            names = try LocalFile.names(in: path).filter { !$0.hasPrefix(".") }
        } catch {
            look.findings = unsaid(["\(error); the machines known so far stay"])
            return look
        }
        var wrong: [String] = []
        let machines = Set(names.filter(InstanceName.isValid))
        for name in names.sorted() where !machines.contains(name) {
            wrong.append("\(path)/\(name): a folder here is called by its machine: letters, digits, '.', '_' and '-'")
        }
        for machine in folders.keys.sorted() where !machines.contains(machine) {
            folders[machine] = nil
            look.reports.append(MachineReport(machine: machine, isFull: true, instances: []))
        }
        for machine in machines.sorted() {
            var folder = folders[machine] ?? RegistrationFolder("\(path)/\(machine)")
            if let found = folder.look() {
                look.findings += found.findings
                if found.isComplete { look.reports.append(Self.report(of: machine, found.registrations)) }
            }
            folders[machine] = folder
        }
        look.findings += unsaid(wrong)
        return look
    }

    private mutating func unsaid(_ findings: [String]) -> [String] {
        defer { said = Set(findings) }
        return findings.filter { !said.contains($0) }
    }

    private static func report(of machine: String, _ registrations: [String: Registration]) -> MachineReport {
        let instances = registrations.values.sorted { $0.instance < $1.instance }.map { registered in
            InstanceReport(
                instance: registered.instance, application: registered.application, component: registered.component,
                side: registered.side, version: registered.version)
        }
        return MachineReport(machine: machine, isFull: true, instances: instances)
    }
}
