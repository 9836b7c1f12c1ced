import Signal
import SluiceClient

/// The services that are registered on this machine, each divided as its traffic file says.
struct ServiceSplits {
    private struct Service {
        var registered: RoutedService
        var reader: TrafficReader
        /// By the last good file: whatever is wrong with it now, requests go on.
        var weights: PerSide<Int>
        var problem: TrafficState.Problem?

        init(_ registered: RoutedService) {
            self.registered = registered
            reader = TrafficReader(path: registered.traffic, fallback: registered.fallback)
            weights = registered.fallback == .flip ? PerSide(flip: 100, flop: 0) : PerSide(flip: 0, flop: 100)
        }

        /// Looks at the traffic file.
        ///
        /// - Returns: what is newly wrong.
        mutating func look() -> String? {
            let state = reader.state
            let isOther = state.file.map { $0.application != registered.application } ?? false
            let problem = isOther ? .otherApplication(state.file?.application ?? "") : state.problem
            if !isOther, let known = state.file?.weights { weights = known }
            defer { self.problem = problem }
            guard let problem, problem != self.problem else { return nil }
            return "\(registered.traffic): \(problem); flip \(weights.flip)%, flop \(weights.flop)% stays"
        }
    }

    private var folder: RegistrationFolder<RoutedService>
    private var services: [String: Service] = [:]

    init(_ path: String, now: @escaping @Sendable () -> Int) {
        folder = RegistrationFolder(path, now: now)
    }

    /// Looks again: at a machine at rest, one `stat` for the folder and one for each traffic file.
    ///
    /// - Returns: all services, sorted by name, and what is newly wrong, a sentence each.
    mutating func look() -> (splits: [EnvoyFiles.Split], findings: [String]) {
        var findings: [String] = []
        if let look = folder.look() {
            findings = look.findings
            services = services.filter { look.registrations[$0.key] != nil }
            for (name, registered) in look.registrations where services[name]?.registered != registered {
                var service = Service(registered)
                if let known = services[name] { service.weights = known.weights }
                services[name] = service
            }
        }
        let names = services.keys.sorted()
        for name in names {
            if let finding = services[name]?.look() { findings.append(finding) }
        }
        let splits = names.compactMap { services[$0] }.map { EnvoyFiles.Split($0.registered, weights: $0.weights) }
        return (splits, findings)
    }
}
