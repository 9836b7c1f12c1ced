import Core
import Foundation
import Git
import Manifests
import Reconciler
import Repository

/// Where people ask: reads the status branch to know what is in flight, and commits requests beside it.
struct RequestDesk {
    let statuses: StatusBranch
    let requests: GitRequestSource
    let person: GitPerson
    let options: RequestOptions

    init(_ options: RequestOptions) throws {
        self.options = options
        person = try GitPerson.current()
        statuses = try StatusBranch(options.repository)
        let (mirror, remote, transport) = try statuses.writer()
        requests = GitRequestSource(
            mirror: mirror, transport: transport, remote: remote, environment: statuses.place.environment,
            time: ClockTime<ContinuousClock>.wall())
    }

    var branch: String { GitRequestSource.branch(of: statuses.place.environment) }

    /// A verb with what it needs to be about this place.
    func command(_ words: String...) -> String {
        "sluice" + words.map { " " + Place.quoted($0) }.joined() + statuses.place.hint
    }

    /// What is recorded of an application.
    func status(of name: ApplicationName) async throws -> Status {
        guard let tip = try await statuses.tip() else { throw await statuses.absence() }
        if let status = try await statuses.status(of: name, at: tip) { return status }
        let files = try await statuses.files(at: tip)
        let known = files.statuses.map(\.application) + files.unreadable.keys
        throw Self.unknown(name, "there is no status of", known: known)
    }

    /// Refuses what is about a rollout where none is in flight as told, and the head declares what nobody told of: there
    /// may be one all the same.
    func refuseUntold(_ status: Status) async throws {
        guard status.stage == nil, status.rollback == nil, status.removal == nil,
            let fleet = try? await FleetStatus.read(statuses, folder: nil), let declared = fleet.declared,
            let difference = fleet.differences[status.application]
        else { return }
        let name = status.application
        let age = fleet.look.told.map { ", \(StatusText.age(since: $0, fleet.now)) ago" } ?? ""
        var goal: ObjectID?
        if let stable = status.stable?.release.digest {
            goal = try? await declared.revert(of: name, to: stable, besides: status.candidate?.release.digest)
        }
        let back =
            goal.map { "in a clone: \(declared.reverting($0))" } ?? command("rollback", name)
        throw Refusal(
            "no rollout of \(name) is in flight, as last told\(age); but by \(declared.branch) at \(declared.head.short) "
                + "\(difference), and what came of that is not told",
            advice:
                "\(fleet.unled ?? "the daemon may not have come to it, or be unable to write \(statuses.name): its log says")\n"
                + "to take back what is declared, whatever came of it, \(back)")
    }

    /// What a gate checks by the head of the manifest branch; nil where that is not known here.
    func declaredKind(of gate: String, in name: ApplicationName) async throws -> Gate.Kind? {
        let look = try await statuses.look()
        guard let declared = try? await FleetStatus.declared(statuses, look, folder: nil) else { return nil }
        return declared.fleet.applications[name]?.gates[gate]?.check.kind
    }

    /// What a shell of a clone takes to have what is removed declared again; nil where that is not known here.
    func declaringAgain(_ status: Status) async throws -> String? {
        guard status.removal != nil else { return nil }
        let look = try await statuses.look()
        guard let declared = try? await FleetStatus.declared(statuses, look, folder: nil) else { return nil }
        return try await declared.declaringAgain(status.application, status)
    }

    /// How a release that waits dark is dropped, in words; nil where there is none, or that is not known here.
    func dropping(_ status: Status) async throws -> String? {
        guard status.dark != nil else { return nil }
        return try await Self.dropping(status, statuses, try await statuses.look(), folder: nil)
    }

    static func dropping(
        _ status: Status, _ branch: StatusBranch, _ look: StatusBranch.Look, folder: String?
    ) async throws -> String? {
        guard status.dark != nil, let declared = try? await FleetStatus.declared(branch, look, folder: folder) else {
            return nil
        }
        return try await declared.droppingAdvice(status)
    }

    /// `sluice promote shop --repository fleet.git`, and what is said of it.
    func advice(_ verb: String, _ name: ApplicationName, _ words: String) -> String {
        command(verb, name) + words
    }

    /// Says that there is no application of a name, and which was probably meant.
    static func unknown(_ name: ApplicationName, _ what: String, known: [ApplicationName]) -> Refusal {
        if let nearest = Suggestion.nearest(to: name, among: known.sorted()) {
            return Refusal("\(what) \(Terminal.clean(name)); did you mean \"\(nearest)\"?")
        }
        let failure = StatusBranch.unknown(name, what, known: known.sorted())
        return Refusal(failure.message, advice: failure.advice)
    }

    /// A request in this person's name.
    func request(
        _ verb: Request.Verb, _ name: ApplicationName?, _ attempt: Attempt?, stage: String? = nil, gate: String? = nil,
        isFull: Bool = false
    ) -> Request {
        // Several may consent; everything else is asked once.
        let author = verb == .approve ? person.description : nil
        return Request(
            id: Request.path(verb, of: name, attempt, stage: stage, gate: gate, by: author), verb: verb,
            application: name, attempt: attempt, stage: stage, gate: gate, isFull: isFull, reason: options.reason,
            by: person.description)
    }

    /// Commits one request, and says so. The subject says what it is about: `shop 1.1.0 at stage half`.
    func submit(_ request: Request, _ subject: String) async throws {
        try await refuseCopy()
        let summary = "\(request.verb.rawValue) \(subject)"
        let reason = options.reason.map { "\n\n\(RequestCoding.line($0))" } ?? ""
        let commit = try await requests.ask(by: person.signature) { standing in
            let isStanding = standing.contains { other in
                other.id == request.id && other.attempt == request.attempt
                    && (request.verb != .approve || other.by == request.by)
            }
            return isStanding ? nil : RequestChange(written: [request], summary: summary + reason)
        }
        await report([request], commit, summary)
    }

    /// Takes requests back: those that `choose` picks of all that stand, which throws where there is none.
    func takeBack(
        _ subject: String, _ choose: @escaping @Sendable ([Request]) throws -> [Request]
    ) async throws {
        try await refuseCopy()
        let chosen = Chosen()
        let reason = options.reason.map { "\n\n\(RequestCoding.line($0))" } ?? ""
        let commit = try await requests.ask(by: person.signature) { standing in
            let found = try choose(standing)
            chosen.set(found)
            return RequestChange(removed: found, summary: "resume \(subject)" + reason)
        }
        await report(chosen.requests, commit, "resume \(subject)", isTakenBack: true)
    }

    /// What is asked in a clone reaches nobody.
    private func refuseCopy() async throws {
        guard let copy = try await statuses.copy() else { return }
        throw Refusal(
            "\(Terminal.clean(statuses.place.shown)) is a clone, which no daemon reads",
            advice: "ask where it came from: --repository \(Place.quoted(Terminal.clean(Remote.printed(copy.of))))")
    }

    private func report(_ asked: [Request], _ commit: ObjectID?, _ summary: String, isTakenBack: Bool = false) async {
        let name = asked.first?.application
        let unled = await FleetStatus.unled(statuses)
        if options.output.output == .json {
            let first = asked.first
            Terminal.print(
                StatusCoding.json(
                    RequestReport(
                        verb: isTakenBack ? "resume" : first?.verb.rawValue ?? "", application: name,
                        environment: statuses.place.environment, branch: branch, paths: asked.map(\.id),
                        attempt: first?.attempt, stage: first?.stage, gate: first?.gate,
                        full: first?.isFull == true ? true : nil, reason: options.reason, by: person.description,
                        commit: commit?.description, pushed: commit != nil, unled: unled)))
            return
        }
        guard let commit else {
            Terminal.print("asked already, and it stands: \(Terminal.clean(summary)); nothing was pushed")
            if let unled { Terminal.print("\(unled); \(Self.nothingComes)") }
            return
        }
        Terminal.print("asked: \(Terminal.clean("\(summary), as \(person)")) (\(commit.short) on \(branch))")
        let words = statuses.place.command("status", name, "--watch")
        Terminal.print(Self.outcome(unled, watch: words))
    }

    private static let nothingComes = "nothing comes of it until somebody leads: start a daemon with sluice run"

    /// Who does what was asked, and when.
    static func outcome(_ unled: String?, watch: String) -> String {
        "\(unled.map { "\($0); \(nothingComes)" } ?? "the daemon takes it up within its interval"); watch: \(watch)"
    }
}

/// What a verb asked, for programs.
private struct RequestReport: Encodable {
    var verb: String
    var application: ApplicationName?
    var environment: String
    var branch: String
    var paths: [String]
    var attempt: Attempt?
    var stage: String?
    var gate: String?
    var full: Bool?
    var reason: String?
    var by: String
    var commit: String?
    var pushed: Bool
    var unled: String?
}
