import Core

/// A manifest that declares a release and nothing else, for where no file that declared it can be found.
///
/// It is flow style, which YAML shares with JSON; what is written into a person's manifest takes that one's style.
struct ReleaseText {
    let text: String

    init(_ declared: DeclaredRelease, of application: ApplicationName) {
        let release = declared.release
        var spec: [(String, String)] = [("version", quoted(release.version))]
        let components = release.components.map { component in
            var fields = [
                ("name", quoted(component.name)), ("kind", component.kind.rawValue),
                ("replicas", String(declared.replicas[component.name] ?? 1)), ("run", run(component.run)),
            ]
            if !component.subscriptions.isEmpty {
                fields.append(("subscriptions", list(component.subscriptions.map(subscription))))
            }
            return mapping(fields)
        }
        spec.append(("components", list(components)))
        let contract = [
            ("accepts", schemas(release.contract.accepts)), ("publishes", schemas(release.contract.publishes)),
        ].filter { $0.1 != "{}" }
        if !contract.isEmpty { spec.append(("contract", mapping(contract))) }
        text = mapping([
            ("apiVersion", ManifestDecoder.apiVersion), ("kind", Kind.application.rawValue),
            ("metadata", mapping([("name", quoted(application))])), ("spec", mapping(spec)),
        ])
    }
}

private func mapping(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\($0): \($1)" }.joined(separator: ", ") + "}"
}

private func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

private func quoted(_ text: String) -> String { StatusCoding.json(text) }

private func subscription(_ subscription: Subscription) -> String {
    var fields = [("topic", quoted(subscription.topic)), ("subscription", quoted(subscription.subscription))]
    if subscription.exclusive { fields.append(("exclusive", "true")) }
    return mapping(fields)
}

private func schemas(_ schemas: TopicSchemas) -> String {
    mapping(schemas.entries.map { (quoted($0.topic), list($0.schemas.map(quoted))) })
}

private func run(_ run: Run) -> String {
    switch run {
    case .simulated(let simulated): mapping([("simulated", text(simulated))])
    case .process(let process): mapping([("process", text(process))])
    }
}

/// What differs from what is meant where nothing is said.
private func text(_ run: SimulatedRun) -> String {
    let standard = SimulatedRun()
    var fields: [(String, String)] = []
    if run.startTime != standard.startTime { fields.append(("startTime", "\(run.startTime)")) }
    if run.capacity != standard.capacity { fields.append(("capacity", "\(run.capacity)")) }
    if run.latency != standard.latency { fields.append(("latency", "\(run.latency)")) }
    if run.drainTime != standard.drainTime { fields.append(("drainTime", "\(run.drainTime)")) }
    if !run.faults.isEmpty { fields.append(("faults", list(run.faults.map(text)))) }
    return mapping(fields)
}

private func text(_ fault: SimulatedFault) -> String {
    switch fault {
    case .crashOnStart: "{crashOnStart: true}"
    case .errors(let rate, let after): "{errors: {rate: \(percent(rate)), after: \(after)}}"
    case .slow(let factor, let after): "{slow: {factor: \(decimal(factor, 100)), after: \(after)}}"
    case .leak(let after): "{leak: {after: \(after)}}"
    case .overload(let rate, let above): "{overload: {rate: \(percent(rate)), above: \(above)%}}"
    case .historical(let rate): "{historical: {rate: \(percent(rate))}}"
    }
}

private func text(_ run: ProcessRun) -> String {
    let standard = ProcessRun(command: [])
    var fields = [("command", list(run.command.map(quoted)))]
    if !run.environment.isEmpty {
        let variables = run.environment.sorted { $0.key < $1.key }.map { (quoted($0.key), quoted($0.value)) }
        fields.append(("environment", mapping(variables)))
    }
    if let directory = run.directory { fields.append(("directory", quoted(directory))) }
    if !run.ports.isEmpty { fields.append(("ports", list(run.ports.map(quoted)))) }
    switch run.readiness {
    case .running: break
    case .http(let path): fields.append(("readiness", "{http: \(quoted(path))}"))
    case .report: fields.append(("readiness", "{report: true}"))
    }
    if run.startTimeout != standard.startTimeout { fields.append(("startTimeout", "\(run.startTimeout)")) }
    if run.drainTime != standard.drainTime { fields.append(("drainTime", "\(run.drainTime)")) }
    return mapping(fields)
}

/// Per mille as percent.
private func percent(_ perMille: Int) -> String { decimal(perMille, 10) + "%" }

/// A quotient by 10 or 100 without rounding.
private func decimal(_ number: Int, _ divisor: Int) -> String {
    let rest = number % divisor
    guard rest != 0 else { return "\(number / divisor)" }
    let digits = String(rest)
    let zeros = String(repeating: "0", count: divisor == 100 && rest < 10 ? 1 : 0)
    return "\(number / divisor).\(zeros)\(digits)"
}
