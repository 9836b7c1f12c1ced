extension Release {
    /// The digest that identifies this release. Equal digests are the same release, whatever repository, side or
    /// commit it comes from.
    ///
    /// It covers the version, the components in order with what they run, and the contract. The canonical form is
    /// a sequence of length-prefixed fields, so no two releases share one.
    package var digest: Digest {
        var form = CanonicalForm()
        form.add(version)
        form.add(components.count)
        for component in components {
            form.add(component.name)
            form.add(component.kind.rawValue)
            form.add(component.run)
            form.add(component.subscriptions.count)
            for subscription in component.subscriptions {
                form.add(subscription.topic)
                form.add(subscription.subscription)
                form.add(subscription.exclusive ? 1 : 0)
            }
        }
        form.add(contract.accepts)
        form.add(contract.publishes)
        return Digest(of: form.bytes)
    }
}

private struct CanonicalForm {
    var bytes: [UInt8] = Array("sluice.dev/v1".utf8)

    mutating func add(_ text: String) {
        add(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func add(_ number: Int) { add(Int64(number)) }

    mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ schemas: TopicSchemas) {
        add(schemas.entries.count)
        for entry in schemas.entries {
            add(entry.topic)
            add(entry.schemas.count)
            for version in entry.schemas { add(version) }
        }
    }

    mutating func add(_ run: Run) {
        switch run {
        case .simulated(let run):
            add("simulated")
            add(run.startTime.milliseconds)
            add(run.capacity)
            add(run.latency.milliseconds)
            add(run.drainTime.milliseconds)
            add(run.faults.count)
            for fault in run.faults { add(fault) }
        case .process(let run):
            add("process")
            add(run)
        }
    }

    private mutating func add(_ run: ProcessRun) {
        add(run.command)
        add(run.environment.count)
        for (name, value) in run.environment.sorted(by: { $0.key < $1.key }) {
            add(name)
            add(value)
        }
        add(run.directory.map { [$0] } ?? [])
        add(run.ports)
        switch run.readiness {
        case .running:
            add("running")
        case .http(let path):
            add("http")
            add(path)
        case .report:
            add("report")
        }
        add(run.startTimeout.milliseconds)
        add(run.drainTime.milliseconds)
    }

    private mutating func add(_ texts: [String]) {
        add(texts.count)
        for text in texts { add(text) }
    }

    mutating func add(_ fault: SimulatedFault) {
        switch fault {
        case .crashOnStart:
            add("crashOnStart")
        case .errors(let perMille, let after):
            add("errors")
            add(perMille)
            add(after.milliseconds)
        case .slow(let percent, let after):
            add("slow")
            add(percent)
            add(after.milliseconds)
        case .leak(let after):
            add("leak")
            add(after.milliseconds)
        case .overload(let perMille, let above):
            add("overload")
            add(perMille)
            add(above)
        case .historical(let perMille):
            add("historical")
            add(perMille)
        }
    }
}
