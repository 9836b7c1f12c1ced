package import Core
import Manifests
import Reconciler
package import Signal

/// Who was told what, and who said what: all that the daemon knows of the instances of its consumers. A value without
/// a clock and without connections.
package struct ElevationLedger: Sendable {
    /// Whose elevations have changed: applications by machine.
    package typealias Changes = [String: Set<ApplicationName>]

    /// A machine's agent.
    struct Machine: Sendable {
        /// How it is reached.
        enum Way: Hashable, Sendable {
            /// By a stream that is open.
            case stream
            /// It has no stream since then.
            case lost(since: Instant)
            /// By git: what it does is never heard.
            case git
        }

        var way: Way
        /// The applications of its instances, by instance.
        var applications: [String: ApplicationName] = [:]
    }

    /// What is known of an application.
    struct Fleet: Sendable {
        var wanted: WantedElevation?
        /// By name.
        var instances: [String: ElevatedInstance] = [:]
        /// Instances that a leader before this one may have made active, and that no agent has reported yet.
        var unaccounted: [String: Int] = [:]
    }

    /// Under which everything is told; nil while this daemon does not lead, and tells nothing.
    private(set) var epoch: Int?
    private var highestEpoch = 0
    private var sequence = 0
    private(set) var machines: [String: Machine] = [:]
    private(set) var fleets: [ApplicationName: Fleet] = [:]
    /// A machine's agent that cannot be heard may be reached again for so long before its instances count as not
    /// observed.
    let patience: Span

    /// Most machines, and most instances of a machine, that are known. More are refused.
    package static let machineLimit = 10_000
    package static let instanceLimit = 10_000

    package init(patience: Span = .seconds(15)) { self.patience = patience }

    /// The place of what was told last.
    package var order: ElevationState.Order? { epoch.map { ElevationState.Order(epoch: $0, sequence: sequence) } }

    // MARK: What should be

    /// Tells under this epoch from now on; nil tells nothing any more, since another daemon leads.
    ///
    /// - Returns: who has something to hear.
    package mutating func lead(_ epoch: Int?, at now: Instant) -> Changes {
        guard epoch != self.epoch, epoch.map({ $0 >= highestEpoch }) ?? true else { return [:] }
        self.epoch = epoch
        highestEpoch = epoch ?? highestEpoch
        sequence = 0
        return assign(Set(fleets.keys), at: now)
    }

    /// From now on so many are to be active.
    ///
    /// - Returns: who has something to hear.
    package mutating func want(
        _ wanted: WantedElevation, of application: ApplicationName, at now: Instant
    ) -> Changes {
        guard concerns(wanted, application) else {
            fleets[application] = nil
            return [:]
        }
        fleets[application, default: Fleet()].wanted = wanted
        return assign(application, at: now)
    }

    /// What a daemon that has just started finds: a route that another one set, and replicas of which it has not heard
    /// yet. Until each is accounted for, it may be active.
    ///
    /// - Returns: who has something to hear.
    package mutating func find(
        _ wanted: WantedElevation?, of application: ApplicationName, replicas: [String: Int], at now: Instant
    ) -> Changes {
        var fleet = fleets[application] ?? Fleet()
        if fleet.wanted == nil, let wanted, concerns(wanted, application) {
            fleet.wanted = wanted
            fleet.unaccounted = wanted.actives.mapValues { $0.flip + $0.flop }
        } else if fleet.unaccounted.isEmpty {
            return [:]
        }
        for (component, count) in fleet.unaccounted {
            let known = fleet.instances.values.count { $0.report.component == component }
            let rest = min(count, max(0, (replicas[component] ?? 0) - known))
            fleet.unaccounted[component] = rest == 0 ? nil : rest
        }
        fleets[application] = fleet
        return assign(application, at: now)
    }

    /// Most applications have no consumers; nothing is kept of those.
    private func concerns(_ wanted: WantedElevation, _ application: ApplicationName) -> Bool {
        !wanted.actives.isEmpty || fleets[application]?.instances.isEmpty == false
    }

    // MARK: What is

    /// Takes over what a machine's agent says.
    ///
    /// - Parameters:
    ///   - report: the agent's.
    ///   - now: by the platform's clock.
    /// - Returns: who has something to hear.
    /// - Throws: ``Core/EffectFailure`` where there are too many; nothing is taken over then.
    package mutating func take(_ report: MachineReport, at now: Instant) throws(EffectFailure) -> Changes {
        assign(try takeOver(report, of: try machine(report.machine, at: now)), at: now)
    }

    /// Takes over what somebody else knows of machines whose agents have no way to report.
    ///
    /// - Parameters:
    ///   - reports: all instances of each machine; what they do is not known.
    ///   - told: what they were told before this daemon led, by machine.
    ///   - now: by the platform's clock.
    /// - Returns: who has something to hear; nobody of machines whose agents do report.
    /// - Throws: as ``take(_:at:)``, for the first machine of which there are too many.
    package mutating func know(
        _ reports: [MachineReport], told: [String: MachineElevations], at now: Instant
    ) throws(EffectFailure) -> Changes {
        var touched: Set<ApplicationName> = []
        for report in reports {
            var machine = try machine(report.machine, at: now)
            guard machine.way != .stream else { continue }
            machine.way = .git
            touched.formUnion(try takeOver(report, of: machine, told: told[report.machine]?.states ?? []))
        }
        // Whoever is active is known before anybody is chosen.
        return assign(touched, at: now)
    }

    /// Whether a machine is known to have instances.
    func knows(_ machine: String) -> Bool { machines[machine] != nil }

    /// - Returns: the applications that it is about.
    private mutating func takeOver(
        _ report: MachineReport, of machine: Machine, told: [ElevationState] = []
    ) throws(EffectFailure) -> Set<ApplicationName> {
        var machine = machine
        guard Set(machine.applications.keys).union(report.instances.map(\.instance)).count <= Self.instanceLimit else {
            throw EffectFailure(.refused, "\(report.machine) has more than \(Self.instanceLimit) instances")
        }
        var touched: Set<ApplicationName> = []
        if report.isFull {
            let there = Set(report.instances.map(\.instance))
            for (instance, application) in machine.applications where !there.contains(instance) {
                remove(instance, of: application, &machine, &touched)
            }
        }
        for said in report.instances {
            var former: ElevationState?
            if let before = machine.applications[said.instance], said.isGone || before != said.application {
                // Its application has another name now, and it goes on as it was told under the one before.
                let known = fleets[before]?.instances[said.instance]
                former = known?.isSame(as: said) == true ? known?.told : nil
                former?.application = said.application
                remove(said.instance, of: before, &machine, &touched)
            }
            if said.isGone { continue }
            var fleet = fleets[said.application] ?? Fleet()
            var instance = fleet.instances[said.instance] ?? ElevatedInstance(report: said, machine: report.machine)
            // A name is one machine's: another that claims it is not believed.
            guard instance.machine == report.machine else { continue }
            // So is a process: under the name of one that ended stands another, which was told nothing.
            if !instance.isSame(as: said) { instance = ElevatedInstance(report: said, machine: report.machine) }
            let before = said.state ?? former ?? told.first { $0.instance == said.instance }
            if instance.told == nil, let before { instance.recall(before) }
            instance.take(said)
            fleet.instances[said.instance] = instance
            fleets[said.application] = fleet
            machine.applications[said.instance] = said.application
            touched.insert(said.application)
        }
        let isOver = machine.way == .git && machine.applications.isEmpty
        machines[report.machine] = isOver ? nil : machine
        return touched
    }

    private mutating func remove(
        _ instance: String, of application: ApplicationName, _ machine: inout Machine,
        _ touched: inout Set<ApplicationName>
    ) {
        fleets[application]?.instances[instance] = nil
        machine.applications[instance] = nil
        touched.insert(application)
    }

    /// A machine's agent has opened its stream. What it is told comes with that, in full.
    package mutating func connect(_ name: String, at now: Instant) throws(EffectFailure) -> Changes {
        var machine = try machine(name, at: now)
        guard machine.way != .stream else { return [:] }
        machine.way = .stream
        machines[name] = machine
        return assign(Set(machine.applications.values), at: now)
    }

    /// A machine's stream has ended.
    package mutating func disconnect(_ name: String, at now: Instant) -> Changes {
        guard var machine = machines[name], machine.way == .stream else { return [:] }
        machine.way = .lost(since: now)
        // Nothing is known of it but its name.
        machines[name] = machine.applications.isEmpty ? nil : machine
        return assign(Set(machine.applications.values), at: now)
    }

    /// - Throws: ``Core/EffectFailure`` where there are too many machines for another.
    func admit(_ name: String, at now: Instant) throws(EffectFailure) { _ = try machine(name, at: now) }

    private func machine(_ name: String, at now: Instant) throws(EffectFailure) -> Machine {
        if let machine = machines[name] { return machine }
        guard machines.count < Self.machineLimit else {
            throw EffectFailure(.refused, "more than \(Self.machineLimit) machines have an agent")
        }
        return Machine(way: .lost(since: now))
    }

    // MARK: What is said

    private mutating func assign(_ applications: Set<ApplicationName>, at now: Instant) -> Changes {
        applications.sorted().reduce(into: [:]) { $0.merge(assign($1, at: now)) { $0.union($1) } }
    }

    /// Chooses who is to be active, and notes what each is told.
    private mutating func assign(_ application: ApplicationName, at now: Instant) -> Changes {
        guard let epoch, var fleet = fleets[application], let wanted = fleet.wanted else { return [:] }
        var active: Set<String> = []
        for (component, instances) in Dictionary(grouping: fleet.instances, by: \.value.report.component) {
            let members = instances.map { name, instance in
                Assignment.Member(
                    name, instance.report.side, isTold: instance.told?.isActive == true, isHeld: instance.isHeld,
                    isPresumed: instance.isPresumed,
                    isReached: machines[instance.machine].map { $0.way == .stream || $0.way == .git } ?? false)
            }
            active.formUnion(
                Assignment.active(
                    of: members, asked: wanted.actives[component] ?? .init(flip: 0, flop: 0),
                    unaccounted: fleet.unaccounted[component] ?? 0))
        }
        var next = ElevationState.Order(epoch: epoch, sequence: sequence)
        next.sequence += 1
        var changed: Changes = [:]
        for name in fleet.instances.keys.sorted() {
            guard var instance = fleet.instances[name] else { continue }
            let isActive = active.contains(name)
            let isTurned = instance.told?.isActive != isActive
            var state = ElevationState(
                instance: name, application: application, component: instance.report.component,
                side: instance.report.side, version: instance.report.version, isActive: isActive,
                weight: wanted.weights[instance.report.side], revision: wanted.revision,
                since: isTurned ? Timestamp.text(now) : instance.told?.since ?? Timestamp.text(now),
                order: instance.told?.order ?? next)
            if state == instance.told { continue }
            state.order = next
            instance.tell(state)
            fleet.instances[name] = instance
            changed[instance.machine] = [application]
        }
        if !changed.isEmpty { sequence = next.sequence }
        fleets[application] = fleet
        return changed
    }

    /// What a machine's instances are told.
    ///
    /// - Parameters:
    ///   - machine: its name.
    ///   - applications: those that changed; nil for all.
    /// - Returns: in the order of the instances' names.
    package func elevations(for machine: String, of applications: Set<ApplicationName>? = nil) -> MachineElevations {
        var states: [ElevationState] = []
        for (instance, application) in machines[machine]?.applications ?? [:]
        where applications?.contains(application) != false {
            if let told = fleets[application]?.instances[instance]?.told { states.append(told) }
        }
        return MachineElevations(isFull: applications == nil, states: states.sorted { $0.instance < $1.instance })
    }
}
