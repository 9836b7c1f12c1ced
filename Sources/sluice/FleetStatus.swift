import Core
import Foundation
import Git
import Manifests
import Repository

/// What there is to tell of an environment: its statuses, held against what its manifest branch declares.
struct FleetStatus {
    var statuses: [Status]
    /// What is declared and not taken up, by application.
    var differences: [ApplicationName: String] = [:]
    /// Why what the head declares of an application cannot be taken up, in a sentence, by application.
    var obstacles: [ApplicationName: String] = [:]
    /// Applications that the branch does not declare since it was rewritten: nothing is taken away for that.
    var dropped: Set<ApplicationName> = []
    /// Why an application's status cannot be read, in a sentence; another stands for it.
    var unreadable: [ApplicationName: String] = [:]
    /// What a shell of a clone takes to take back what stands there; not of all where they are many.
    var mends: [ApplicationName: String] = [:]
    /// What stands on the branch where no status belongs.
    var strays: [String] = []
    /// Why what is declared cannot be looked at; nil where it can, and where it is in another repository.
    var absence: AbsentDeclaration?
    /// Where all this was read, for whoever advises to ask there.
    var place: Place
    var look: StatusBranch.Look
    /// Nil where the manifests are in another repository.
    var declared: Declared?
    /// Where it is a clone's copy.
    var copy: (of: String, fetched: Instant?)?
    var now: Instant

    /// The statuses as people are to see them: what is not taken up is not Healthy, whatever was told before.
    var shown: [Status] {
        let names = Set(statuses.map(\.application))
        return statuses.map { status in
            var status = status
            if let why = unreadable[status.application] {
                status.waiting = Waiting(.invalid, "what \(status.application) does is not known: \(why)")
            } else if let obstacle = obstacles[status.application] {
                let isSettled = [.healthy, .removed].contains(status.phase)
                if isSettled || status.waiting == nil { status.waiting = Waiting(.invalid, obstacle) }
                if isSettled { status.phase = .degraded }
                // What the daemon said last is not so any more.
                for index in status.conditions.indices
                where status.conditions[index].type == .declarationValid && status.conditions[index].status {
                    status.conditions[index] = Condition(
                        type: .declarationValid, status: false, reason: "NotTakenUp", message: obstacle,
                        lastTransitionTime: now)
                }
            } else if let difference = differences[status.application] {
                let away = status.conditions.first { $0.type == .platformReachable && !$0.status }
                let why = away.map { "; it is not taken up while the platform does not obey: \($0.message)" } ?? ""
                let wait = Waiting(.notTakenUp, difference + why)
                switch status.phase {
                case .healthy, .removed: (status.phase, status.waiting) = (.progressing, wait)
                case .pending where status.waiting == nil: status.waiting = wait
                default: break
                }
            }
            if let message = status.waiting?.message {
                status.waiting?.message = place.completing(message, names)
            }
            return status
        }
    }

    /// Who makes good what others wrote to the status branch.
    private static func mending(_ command: String?) -> String {
        "whoever leads sets it right with its next look"
            + (command.map { "; where nobody does, in a clone: \($0)" } ?? "")
    }

    /// Whether the daemon had time to take up what is declared and did not.
    private var isOverdue: Bool {
        let interval = look.record?.interval.flatMap { Span($0) } ?? .seconds(10)
        return declared?.isOverdue(Self.wall, interval: interval) ?? false
    }

    static var wall: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// What is to be known beside the statuses, a sentence each.
    var notes: [String] {
        var notes: [String] = []
        if let copy {
            let age = copy.fetched.map { "fetched \(StatusText.age(since: $0, Self.wall)) ago" } ?? "never fetched"
            notes.append(
                "this is a clone's copy of \(Terminal.clean(Remote.printed(copy.of))), \(age): git fetch, or ask there")
        }
        if let left = look.record?.left {
            notes.append(
                "nobody leads since \(Terminal.clean(left)): what stands here is what was told last; start a daemon with "
                    + "sluice run")
        }
        notes += look.faults.map { fault in
            let consequence =
                switch fault.field {
                case "branch": "; \(look.branch) is taken for what is followed"
                case "path": "; what is declared is not looked at"
                default: ""
                }
            return "\(fault.text)\(consequence); \(Self.mending(look.mend))"
        }
        notes += unreadable.sorted { $0.value < $1.value }.prefix(3).map { "\($1); \(Self.mending(mends[$0]))" }
        if unreadable.count > 3 { notes.append("and \(unreadable.count - 3) more that cannot be read") }
        notes += strays.sorted().prefix(3).map { "\(Terminal.clean($0)); left out" }
        if let absence { notes.append(absence.sentence) }
        if let overdueNote { notes.append(overdueNote) }
        let said = Set(shown.compactMap(\.waiting?.message))
        if absence == nil { notes += Set(obstacles.values).subtracting(said).sorted().prefix(3) }
        if !differences.isEmpty, let declared {
            let count = differences.count == 1 ? "" : " of \(differences.count) applications"
            let what = "what \(declared.branch) declares\(count) at \(declared.head.short) is not taken up"
            if copy != nil {
                notes.append(what + ", as far as this copy tells")
            } else if look.record?.left != nil {
                notes.append(what)
            } else if isOverdue {
                notes.append(
                    "\(what): does the daemon run, reach the repository, and may it write "
                        + "\(GitStatusStore.branch(of: place.environment))? Its log says. The leader is \(leader ?? "nobody")"
                )
            } else {
                notes.append("\(what) yet")
            }
        }
        return notes
    }

    /// Who leads, and when it last said so: `host, epoch 3, last told something 2m ago`.
    var leader: String? {
        guard let record = look.record else { return nil }
        let host = record.host.map { "\(Terminal.clean($0)), " } ?? ""
        let since = record.since.map { " since \(Terminal.clean($0))" } ?? ""
        let told = look.told.map { ", last told something \(StatusText.age(since: $0, now)) ago" } ?? ""
        let scale = record.timeScale.map { "; its time passes \(Terminal.clean($0)) times as fast" } ?? ""
        let left = record.left.map { "nobody since \(Terminal.clean($0)); before, " } ?? ""
        return "\(left)\(host)epoch \(record.epoch)\(since)\(told)\(scale)"
    }
}

/// A status as programs get it: with what is known beside it.
struct StatusReport: Encodable {
    struct Leader: Encodable {
        var host: String?
        var epoch: Int
        var since: String?
        /// When it ended in good order; nobody leads since.
        var left: String?
        var told: Instant?
        var timeScale: String?
    }

    var status: Status
    /// What is declared and not taken up.
    var notTakenUp: String?
    /// Why what there is of it cannot be read.
    var unreadable: String?
    /// When something was due that has not come.
    var overdue: Instant?
    var leader: Leader?
    var advice: [StatusAdvice.Way]?

    private enum CodingKeys: String, CodingKey {
        case application, phase, unreadable, notTakenUp, overdue, leader, advice
    }

    func encode(to encoder: any Encoder) throws {
        if !status.isUnknown { try status.compact.encode(to: encoder) }
        var values = encoder.container(keyedBy: CodingKeys.self)
        if status.isUnknown {
            try values.encode(status.application, forKey: .application)
            try values.encode(status.phaseWord, forKey: .phase)
        }
        try values.encodeIfPresent(unreadable, forKey: .unreadable)
        try values.encodeIfPresent(notTakenUp, forKey: .notTakenUp)
        try values.encodeIfPresent(overdue, forKey: .overdue)
        try values.encodeIfPresent(leader, forKey: .leader)
        try values.encodeIfPresent(advice, forKey: .advice)
    }
}

extension FleetStatus {
    /// A status with what is known beside it.
    func report(_ status: Status) -> StatusReport {
        let leader = look.record.map {
            StatusReport.Leader(
                host: $0.host, epoch: $0.epoch, since: $0.since, left: $0.left, told: look.told,
                timeScale: $0.timeScale)
        }
        let name = status.application
        return StatusReport(
            status: status, notTakenUp: obstacles[name].map { absence?.sentence ?? $0 } ?? differences[name],
            unreadable: unreadable[name],
            overdue: overdue(status), leader: leader)
    }

    /// Ours, or the daemon's where its clock runs ahead, as on a simulated platform at many times real time.
    private static func reckoned(_ statuses: [Status], _ look: StatusBranch.Look) -> Instant {
        var latest = max(wall, look.record?.time(at: wall) ?? wall)
        for status in statuses {
            let told = [status.history.last?.at, status.stage?.enteredAt, status.stage?.heldSince]
            for at in told.compactMap({ $0 }) + status.conditions.map(\.lastTransitionTime) { latest = max(latest, at) }
        }
        return latest
    }

    /// Reads both branches; nil where there is no status branch.
    ///
    /// `folder` is that of the manifests, where one was asked for; `known`, what was read of them last, is not read again
    /// while the head is the same.
    static func read(
        _ branch: StatusBranch, folder: String?, known: Declared? = nil
    ) async throws -> FleetStatus? {
        let look = try await branch.look()
        guard let tip = look.status else { return nil }
        let files = try await branch.files(at: tip)
        var fleet = FleetStatus(
            statuses: files.statuses, unreadable: files.unreadable, strays: files.strays, place: branch.place,
            look: look, copy: try await branch.copy(), now: reckoned(files.statuses, look))
        do {
            fleet.declared = try await declared(branch, look, folder: folder, known: known)
        } catch let error as AbsentDeclaration.Missing {
            let absence = try await AbsentDeclaration(error, branch, look, files.statuses)
            fleet.absence = absence
            for status in files.statuses where status.phase != .removed {
                fleet.obstacles[status.application] = absence.brief
            }
        }
        if let declared = fleet.declared { try await fleet.compare(with: declared, in: branch, at: tip) }
        for name in fleet.unreadable.keys.sorted().prefix(10) {
            fleet.mends[name] = await branch.takingBack(GitStatusStore.path(of: name), at: tip)
        }
        fleet.statuses += fleet.unreadable.keys.map { Status.unknown($0) }
        fleet.statuses.sort { $0.application < $1.application }
        return fleet
    }

    /// Holds what is told against what is declared.
    private mutating func compare(with declared: Declared, in branch: StatusBranch, at tip: ObjectID) async throws {
        obstacles = try await Self.obstacles(statuses, declared, branch: look.branch)
        for status in statuses where obstacles[status.application] == nil {
            let name = status.application
            differences[name] = try await declared.difference(name, status)
            guard differences[name] != nil, !declared.names.contains(name),
                try await declared.wasRewritten(since: status)
            else { continue }
            dropped.insert(name)
            differences[name] = nil
            obstacles[name] =
                "\(look.branch) was rewritten and does not declare \(name) any more; it is kept until a later commit "
                + "builds on that"
        }
        let told = Set(statuses.map(\.application)).union(unreadable.keys)
        for name in declared.names.subtracting(told).sorted() {
            if let obstruction = try await branch.obstruction(of: name, at: tip) {
                unreadable[name] = obstruction
                continue
            }
            differences[name] = try await declared.difference(name, nil)
            statuses.append(Status(application: name, observedRevision: declared.head.description))
        }
    }

    /// Why what is declared of applications cannot be taken up: by the head itself, else by what the daemon said of it.
    private static func obstacles(
        _ statuses: [Status], _ declared: Declared?, branch: String
    ) async throws -> [ApplicationName: String] {
        var obstacles: [ApplicationName: String] = [:]
        for status in statuses where status.phase != .removed {
            let name = status.application
            let held = status.conditions.first { $0.type == .declarationValid && !$0.status }
            if let (finding, isOthers) = try await declared?.finding(about: name, status) {
                obstacles[name] =
                    isOthers
                    ? "\(branch) does not declare \(name) any more, and its removal is held: \(finding)"
                    : "what \(branch) declares of \(name) is not taken up: \(finding)"
            } else if let held, declared?.stillSays(held, of: name) ?? true {
                obstacles[name] =
                    held.reason == Condition.notDeclared
                    ? "\(name): \(held.message)" : "what \(branch) declares of \(name) is not taken up: \(held.message)"
            }
        }
        return obstacles
    }

    /// What the manifest branch declares; nil where the manifests are in another repository.
    ///
    /// - Throws: ``AbsentDeclaration/Missing`` where what the daemon follows is not there.
    static func declared(
        _ branch: StatusBranch, _ look: StatusBranch.Look, folder: String?, known: Declared? = nil
    ) async throws -> Declared? {
        if branch.givenBranch == nil, look.record?.manifests != nil { return nil }
        guard let head = look.manifests else {
            guard branch.givenBranch == nil else {
                throw Failure(
                    "\(Terminal.clean(branch.place.shown)) has no branch \(Terminal.clean(look.branch))",
                    advice: "is --branch right?")
            }
            // A daemon of before does not say where its manifests are.
            if look.record?.branch == nil { return nil }
            throw AbsentDeclaration.Missing.branch
        }
        // What is followed is not known.
        if folder == nil, look.faults.contains(where: { $0.field == "path" }) { return nil }
        let place = folder ?? look.record?.folder ?? ""
        if let known, known.head == head, known.folder == place, known.branch == look.branch { return known }
        do {
            return try await Declared(head, branch: look.branch, folder: place, of: branch.mirror)
        } catch let error as GitError {
            guard error.kind == .notFound, folder == nil, look.record?.folder != nil else { throw error }
            throw AbsentDeclaration.Missing.folder(place, head, error.message)
        }
    }
}
