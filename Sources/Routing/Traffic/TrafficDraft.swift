import Core
import Signal

/// The traffic files that a round of the router reads, and what they become. Knows nothing of git.
struct TrafficDraft: Sendable {
    let environment: String
    /// RFC 3339: stamps what is written.
    let writtenAt: String
    /// What stands, by application; a failure where that cannot be told.
    var files: [ApplicationName: Result<TrafficFile?, EffectFailure>] = [:]
    /// What is to be written.
    private(set) var edits: [ApplicationName: TrafficFile] = [:]

    init(environment: String, writtenAt: String) {
        self.environment = environment
        self.writtenAt = writtenAt
    }

    /// What stands, with the edits so far.
    func file(of name: ApplicationName) throws(EffectFailure) -> TrafficFile? {
        try files[name]?.get()
    }

    /// Replaces a file, unless nothing would change.
    mutating func write(_ file: TrafficFile, over old: TrafficFile?) {
        var file = file
        if let old {
            file.writtenAt = old.writtenAt
            if file == old { return }
        }
        file.writtenAt = writtenAt
        files[file.application] = .success(file)
        edits[file.application] = file
    }

    /// Sets the route, or removes it: then the file stays, without weights, so that what is older stays refused.
    mutating func set(_ route: Route?, _ context: TrafficContext, key: ActionKey) throws(EffectFailure) {
        let old = try admitted(key)
        var file = old ?? empty(key.application)
        file.set(route, context)
        write(try stamped(file, key, moves: file.followed != old?.followed), over: old)
    }

    /// From here on nothing under a lower epoch is accepted.
    mutating func fence(_ key: ActionKey) throws(EffectFailure) {
        let old = try file(of: key.application)
        if let old, old.epoch > key.epoch { throw stale(old) }
        guard old?.epoch != key.epoch else { return }
        write(try stamped(old ?? empty(key.application), key, moves: false), over: old)
    }

    /// Moves the route of a former name to the key's, and fences the former name for good.
    mutating func adopt(from former: ApplicationName, key: ActionKey) throws(EffectFailure) {
        guard former != key.application else { return }
        let old = try admitted(key)
        let source = try file(of: former)
        if let source, source.epoch > key.epoch { throw stale(source) }
        if let source, source.weights != nil {
            guard old?.weights == nil else {
                throw EffectFailure(
                    .refused, "\(key.application) already has a route; that of \(former) cannot be adopted into it")
            }
            var file = old ?? empty(key.application)
            (file.weights, file.actives, file.rejecting) = (source.weights, source.actives, source.rejecting)
            (file.revision, file.stage, file.release) = (source.revision, source.stage, source.release)
            file.sides = source.sides
            write(try stamped(file, key, moves: true), over: old)
        }
        var left = source ?? empty(former)
        left.set(nil, TrafficContext())
        var later = key
        later.sequence += 1
        write(try stamped(left, later, moves: source?.weights != nil), over: source)
    }

    /// The file that a key may change.
    private func admitted(_ key: ActionKey) throws(EffectFailure) -> TrafficFile? {
        let old = try file(of: key.application)
        if let old, (key.epoch, key.sequence) < (old.epoch, old.sequence) {
            if key.epoch < old.epoch { throw stale(old) }
            throw EffectFailure(
                .refused, "\(old.application) was routed under epoch \(old.epoch), sequence \(old.sequence)")
        }
        return old
    }

    private func stale(_ file: TrafficFile) -> EffectFailure {
        EffectFailure(
            .staleEpoch, "\(file.application) was routed under epoch \(file.epoch), sequence \(file.sequence)")
    }

    private func empty(_ name: ApplicationName) -> TrafficFile {
        TrafficFile(
            application: name, environment: environment, epoch: 0, sequence: 0, generation: 0, writtenAt: writtenAt)
    }

    /// What a key makes of a file; with `moves` it is another one to its readers. Readers compare by epoch first, so that a
    /// later epoch may count anew where there is not much left to count.
    private func stamped(_ file: TrafficFile, _ key: ActionKey, moves: Bool) throws(EffectFailure) -> TrafficFile {
        var file = file
        if key.epoch > file.epoch, file.generation > TrafficFile.last / 2 { file.generation = 0 }
        (file.epoch, file.sequence) = (key.epoch, key.sequence)
        guard moves else { return file }
        guard file.generation < TrafficFile.last else {
            throw EffectFailure(
                .refused,
                "the traffic file of \(file.application) says generation \(file.generation), the last that readers "
                    + "take, and nothing comes after it in epoch \(file.epoch); restart the daemon, which then counts anew"
            )
        }
        file.generation += 1
        return file
    }
}
