import Core
import Reconciler

import enum Signal.InstanceName

extension ProcessPlatform {
    /// What the types do not rule out.
    func check(_ action: Action) throws(EffectFailure) {
        switch action {
        case .deploy(_, _, let release, _, let floors):
            try check(release)
            try check(floors)
        case .scale(_, let floors): try check(floors)
        case .route, .teardown, .adopt: break
        }
    }

    private func check(_ release: Release) throws(EffectFailure) {
        let names = release.components.map(\.name)
        guard Set(names).count == names.count else {
            throw EffectFailure(.refused, "the components' names are not unique")
        }
        for component in release.components {
            guard InstanceName.isValid(component.name) else {
                throw EffectFailure(.refused, "\(component.name) is no name for a component")
            }
            guard case .process(let run) = component.run else {
                throw EffectFailure(
                    .refused,
                    "\(component.name) is to be simulated, and this platform runs processes: "
                        + "declare run: {process: …}, or start the daemon with --platform simulated")
            }
            let texts = run.command + run.environment.flatMap { [$0.key, $0.value] } + [run.directory ?? ""]
            guard !run.command.isEmpty, !texts.contains(where: { $0.utf8.contains(0) }) else {
                throw EffectFailure(.refused, "\(component.name) has no command that could be started")
            }
        }
    }

    private func check(_ floors: [String: Int]) throws(EffectFailure) {
        for (name, floor) in floors where !(0...limits.floor).contains(floor) {
            throw EffectFailure(.refused, "the floor \(floor) of \(name) does not lie in 0…\(limits.floor)")
        }
    }

    /// Changes what is to be, unless something newer did already. It is on the disk before anything is done.
    func change(_ action: Action, _ key: ActionKey) throws {
        guard InstanceName.isValid(key.application) else {
            throw EffectFailure(.refused, "\(key.application) is no name for an application")
        }
        let tenant = tenancy.tenant
        var record = try entered(key.application, tenant)
        if (key.epoch, key.sequence) < (record.epoch, record.sequence) {
            throw EffectFailure(
                key.epoch < record.epoch ? .staleEpoch : .refused,
                "\(record.name) was changed under epoch \(record.epoch), sequence \(record.sequence)")
        }
        switch action {
        case .deploy(let side, _, let release, let digest, let floors):
            put(release, digest, on: side, floors, &record, key)
        case .scale(let side, let floors):
            guard record.sides[side] != nil else {
                throw EffectFailure(.notFound, "\(record.name) has nothing on \(side.rawValue)")
            }
            setFloors(side, floors, &record)
        case .route(let route):
            set(route, &record, key)
        case .teardown(let side):
            record.sides[side] = nil
            record.lostWeightAt[side] = nil
        case .adopt(let former):
            try adopt(try entered(former, tenant), &record, key)
            return
        }
        try save(record, key)
    }

    /// What is kept of an application of a tenant.
    ///
    /// - Throws: ``Core/EffectFailure`` where another fleet runs it.
    private func entered(_ name: ApplicationName, _ tenant: Tenant) throws -> ApplicationRecord {
        let record = applications[tenant.key(name)] ?? ApplicationRecord(name: name, environment: tenant.environment)
        if record.holdsAnything, tenant.isStranger(to: record.fleet) { throw tenant.refusal(name) }
        return record
    }

    private func save(_ record: ApplicationRecord, _ key: ActionKey) throws {
        var record = record
        (record.epoch, record.sequence) = (key.epoch, key.sequence)
        record.fleet = tenancy.tenant.fleet ?? record.fleet
        try files.save(record)
        applications[record.key] = record
    }

    private func put(
        _ release: Release, _ digest: Digest, on side: Side, _ floors: [String: Int],
        _ record: inout ApplicationRecord, _ key: ActionKey
    ) {
        if record.sides[side]?.digest == digest {
            record.sides[side]?.epoch = key.epoch
            setFloors(side, floors, &record)
            return
        }
        var all: [String: Int] = [:]
        for component in release.components { all[component.name] = floors[component.name] ?? 1 }
        record.sides[side] = ApplicationRecord.Deployment(
            id: "\(record.name)-\(side.rawValue)-\(Self.mark())", release: release, digest: digest, epoch: key.epoch,
            floors: all)
        record.lostWeightAt[side] = nil
    }

    private func setFloors(_ side: Side, _ floors: [String: Int], _ record: inout ApplicationRecord) {
        for (name, floor) in floors where record.sides[side]?.floors[name] != nil {
            record.sides[side]?.floors[name] = floor
        }
    }

    private func set(_ route: Route?, _ record: inout ApplicationRecord, _ key: ActionKey) {
        for side in Side.allCases {
            let (had, has) = (record.route?.weights[side] ?? 0, route?.weights[side] ?? 0)
            if had > 0, has == 0 { record.lostWeightAt[side] = time.now }
            if has > 0 { record.lostWeightAt[side] = nil }
        }
        record.route = route
        record.routeEpoch = key.epoch
    }

    /// The former name is fenced too: nothing that was issued for it earlier may bring it back.
    private func adopt(_ former: ApplicationRecord, _ record: inout ApplicationRecord, _ key: ActionKey) throws {
        guard former.key != record.key else { return try save(record, key) }
        var old = former
        if old.holdsAnything {
            guard !record.holdsAnything else {
                throw EffectFailure(
                    .refused, "\(record.name) already runs; \(former.name) cannot be adopted into it")
            }
            (record.sides, record.route) = (old.sides, old.route)
            (record.routeEpoch, record.lostWeightAt, record.formerly) = (old.routeEpoch, old.lostWeightAt, former.name)
        }
        // First the new name's, which says where it comes from: a crash between the two is mended by the next start.
        try save(record, key)
        old = Self.emptied(old)
        (old.epoch, old.sequence) = (key.epoch, key.sequence + 1)
        try files.save(old)
        applications[old.key] = old
        try registerAgain(record)
    }

    /// What is left under a name that was taken over: its fence.
    static func emptied(_ record: ApplicationRecord) -> ApplicationRecord {
        var empty = ApplicationRecord(name: record.name, environment: record.environment)
        (empty.epoch, empty.sequence) = (record.epoch, record.sequence)
        return empty
    }

    /// Ten letters and digits that nobody else has.
    static func mark() -> String {
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
        return String((0..<10).map { _ in digits[Int.random(in: 0..<digits.count)] })
    }
}
