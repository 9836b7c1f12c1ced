package import Core
import Git
import Manifests
package import Reconciler
import Repository
import Signal

/// Routes by traffic files in git, which web applications read: a commit for every change of weights, at once and not
/// with batched status.
///
/// What several applications ask at the same time is one round: one look at the branch, at most one commit, pushed by
/// compare-and-swap. Where somebody else has committed meanwhile, the round reads the branch again and applies the same
/// changes on top.
///
/// What was set last stands. A file that is gone, torn, or older than what was read before, as after a revert by hand,
/// would not be followed by readers; it is written again.
package actor GitTrafficRouter: Router {
    /// How it writes, and what it takes for settled.
    package struct Settings: Sendable {
        package var environment: String
        package var path: TrafficPath
        /// Time, by the wall's clock, within which every reader follows a file that was pushed, whether it says so or
        /// not.
        package var propagation: Span

        package init(environment: String, path: TrafficPath = .standard, propagation: Span = .seconds(30)) {
            self.environment = environment
            self.path = path
            self.propagation = propagation
        }
    }

    /// What the status branch says of who leads: a traffic file alone, which a hand may have written, says nothing of it.
    package struct Leadership: Sendable {
        /// The epoch that is acted under; nil where that is not known.
        var own: @Sendable () async -> Int?
        /// Whether a later one than this leads.
        var isOver: @Sendable (Int) async -> Bool

        package init(own: @escaping @Sendable () async -> Int?, isOver: @escaping @Sendable (Int) async -> Bool) {
            self.own = own
            self.isOver = isOver
        }

        /// Files are believed.
        package static let unknown = Leadership(own: { nil }, isOver: { _ in true })
    }

    /// The file that stands for an application, and since when readers may have followed it.
    private struct Known {
        var blob: ObjectID?
        var file: TrafficFile
        /// By the wall's clock: when weights and actives were first read as they are.
        var since: Instant
        /// The commit that they were first read in.
        var commit: ObjectID?
        /// Every reader has said that it follows them.
        var isFollowed = false
    }

    /// A caller that waits for the next round.
    private struct Request {
        var names: [ApplicationName]
        var change: @Sendable (inout TrafficDraft) throws(EffectFailure) -> Void
        var answer: CheckedContinuation<Result<Round, EffectFailure>, Never>
    }

    /// What a round found out.
    private struct Round {
        /// By the platform's clock, before anything was read and after everything was done.
        var began: Instant
        var ended: Instant
        var routes: [ApplicationName: RouteObservation]
    }

    private let settings: Settings
    private let branch: TrafficBranch
    private let time: any TimeSource
    private let wall: any TimeSource
    private let context: @Sendable (ApplicationName) async -> TrafficContext
    private let leadership: Leadership
    private let notice: @Sendable (String) -> Void
    /// What was to be pushed when the answer was lost: it may stand there, and then it is nobody else's.
    private var unanswered: [ApplicationName: TrafficFile] = [:]
    private var known: [ApplicationName: Known] = [:]
    private var requests: [Request] = []
    private var isBusy = false

    /// How often a push that lost its race is tried on top of the winner.
    private static let attempts = 20

    /// - Parameters:
    ///   - settings: where the files are, and how fast readers follow.
    ///   - branch: the branch that holds the files; nobody else's to use.
    ///   - time: the platform's clock, by which what it reads is judged together with what runs.
    ///   - wall: the clock that web hosts go by.
    ///   - context: what is told to people beside the weights.
    ///   - leadership: what the status branch says of who leads.
    ///   - notice: told, in a sentence, what was done against the expected.
    package init(
        _ settings: Settings, branch: TrafficBranch, time: any TimeSource, wall: any TimeSource,
        context: @escaping @Sendable (ApplicationName) async -> TrafficContext = { _ in TrafficContext() },
        leadership: Leadership = .unknown,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.settings = settings
        self.branch = branch
        self.time = time
        self.wall = wall
        self.context = context
        self.leadership = leadership
        self.notice = notice
    }

    // MARK: The port

    package func route(of application: ApplicationName) async throws(EffectFailure) -> RouterObservation {
        let round = try await take([application]) { draft throws(EffectFailure) in
            _ = try draft.file(of: application)
        }
        return RouterObservation(readAt: round.began, route: round.routes[application])
    }

    package func setRoute(_ route: Route?, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let context = await context(key.application)
        let round = try await take([key.application]) { draft throws(EffectFailure) in
            try draft.set(route, context, key: key)
        }
        return Receipt(at: round.ended)
    }

    package func adoptRoute(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let round = try await take([key.application, former]) { draft throws(EffectFailure) in
            try draft.adopt(from: former, key: key)
        }
        return Receipt(at: round.ended)
    }

    package func fence(_ key: ActionKey) async throws(EffectFailure) {
        // What was read once is never undone, so where this epoch is known there is nothing to ask.
        if let known = known[key.application], known.file.epoch == key.epoch { return }
        _ = try await take([key.application]) { draft throws(EffectFailure) in try draft.fence(key) }
    }

    // MARK: Rounds

    private func take(
        _ names: [ApplicationName], _ change: @escaping @Sendable (inout TrafficDraft) throws(EffectFailure) -> Void
    ) async throws(EffectFailure) -> Round {
        let result = await withCheckedContinuation { answer in
            requests.append(Request(names: names, change: change, answer: answer))
            if !isBusy {
                isBusy = true
                // Not the caller's task: it may be given up while others wait for the same round.
                Task { await work() }
            }
        }
        return try result.get()
    }

    private func work() async {
        while !requests.isEmpty {
            let taken = requests
            requests = []
            let began = time.now
            do throws(GitError) {
                let failures = try await round(taken)
                let routes = try await observed(taken)
                let done = Round(began: began, ended: time.now, routes: routes)
                for (request, failure) in zip(taken, failures) {
                    request.answer.resume(returning: failure.map { .failure($0) } ?? .success(done))
                }
            } catch {
                for request in taken { request.answer.resume(returning: .failure(EffectFailure(error))) }
            }
        }
        isBusy = false
    }

    /// - Returns: for each request why it was refused; nil where it was not.
    private func round(_ requests: [Request]) async throws(GitError) -> [EffectFailure?] {
        for _ in 0..<Self.attempts {
            try await branch.refresh()
            var draft = TrafficDraft(environment: settings.environment, writtenAt: Timestamp.text(wall.now))
            for name in Set(requests.flatMap(\.names)).sorted() { try await read(name, &draft) }
            let failures = requests.map { request -> EffectFailure? in
                var attempt = draft
                do throws(EffectFailure) {
                    try request.change(&attempt)
                    draft = attempt
                    return nil
                } catch {
                    return error
                }
            }
            if draft.edits.isEmpty { return failures }
            let files = draft.edits.sorted { $0.key < $1.key }.map(\.value)
            var edit = TreeEdit()
            for file in files {
                edit.set(settings.path(file.application), to: file.json)
                unanswered[file.application] = file
            }
            let commit = message(files)
            guard try await branch.push(edit, message: commit.message, trailers: commit.trailers) else { continue }
            for file in files {
                unanswered[file.application] = nil
                await note(file, blob: try await branch.blob(at: settings.path(file.application)))
            }
            return failures
        }
        throw GitError(.unreachable, "\(branch.title) moved under \(Self.attempts) attempts to push")
    }

    /// What the tip holds of an application, made good where readers would not follow it.
    private func read(_ name: ApplicationName, _ draft: inout TrafficDraft) async throws(GitError) {
        let path = settings.path(name)
        let blob = try await branch.blob(at: path)
        let known = known[name]
        if let known, let blob, known.blob == blob {
            draft.files[name] = .success(known.file)
            return
        }
        guard let blob else {
            draft.files[name] = .success(known?.file)
            if let known, known.file.weights != nil { restore(known.file, "is gone", &draft) }
            return
        }
        let file: TrafficFile
        do throws(WireError) {
            file = try TrafficFile(json: try await bytes(of: blob))
        } catch {
            let place = "\(path) on \(branch.title)"
            if case .fromTheFuture = error {
                draft.files[name] = .failure(EffectFailure(.refused, "\(place): \(error)"))
            } else if let known {
                draft.files[name] = .success(known.file)
                restore(known.file, "is no traffic file (\(error))", &draft)
            } else {
                draft.files[name] = .failure(
                    EffectFailure(
                        .refused, "\(place) is no traffic file: \(error); restore the last good one, or remove it"))
            }
            return
        }
        guard file.environment == settings.environment else {
            draft.files[name] = .failure(
                EffectFailure(
                    .refused,
                    "\(path) on \(branch.title) is about \(file.application) in \(file.environment); "
                        + "give this environment another path or branch"))
            return
        }
        guard file.application == name else {
            guard let known else {
                draft.files[name] = .failure(
                    EffectFailure(
                        .refused, "\(path) on \(branch.title) is about \(file.application); remove it"))
                return
            }
            draft.files[name] = .success(known.file)
            restore(known.file, "is about \(file.application)", &draft)
            return
        }
        if let own = await leadership.own(), file.epoch > own {
            draft.files[name] = .failure(await beyond(own, file))
            return
        }
        if let known, file.order < known.file.order {
            draft.files[name] = .success(known.file)
            restore(known.file, "was set back to generation \(file.epoch).\(file.generation)", &draft)
            return
        }
        let mine = unhanded(file)
        await note(mine, blob: blob)
        draft.files[name] = .success(mine)
    }

    /// A file under a later epoch than ours. That we lead no more is for the status branch to say.
    private func beyond(_ own: Int, _ file: TrafficFile) async -> EffectFailure {
        let place = "\(settings.path(file.application)) on \(branch.title)"
        if await leadership.isOver(own) {
            return EffectFailure(.staleEpoch, "\(place) was written under epoch \(file.epoch)")
        }
        return EffectFailure(
            .refused,
            "\(place) says epoch \(file.epoch), and by the status branch this environment is led under \(own): no daemon "
                + "wrote that; remove the file there, and with readers that have taken it")
    }

    /// Under an epoch of which there was a file already only its daemon writes, and this is it: what else changed there
    /// was changed by hand. It is what readers follow, so it is what is reported; but the stamp is not the hand's.
    private func unhanded(_ file: TrafficFile) -> TrafficFile {
        defer { unanswered[file.application] = nil }
        guard let known = known[file.application]?.file, known.epoch == file.epoch, known != file,
            unanswered[file.application] != file
        else { return file }
        if known.followed != file.followed {
            notice(
                "\(settings.path(file.application)) on \(branch.title) was changed by hand: \(file.shares), "
                    + "where \(known.shares) was set")
        }
        var mine = file
        mine.sequence = known.sequence
        return mine
    }

    private func bytes(of blob: ObjectID) async throws(WireError) -> [UInt8] {
        do throws(GitError) {
            return try await branch.bytes(of: blob)
        } catch {
            throw .invalid("\(error)")
        }
    }

    /// Writes again what stood, as a generation that every reader takes for newer.
    private func restore(_ file: TrafficFile, _ what: String, _ draft: inout TrafficDraft) {
        notice("\(settings.path(file.application)) on \(branch.title) \(what); it is written again")
        var again = file
        // Where nothing comes after it, the same again is what readers take.
        again.generation = min(file.generation + 1, TrafficFile.last)
        draft.write(again, over: again == file ? nil : file)
    }

    private func note(_ file: TrafficFile, blob: ObjectID?) async {
        let tip = await branch.tip
        guard var same = known[file.application], same.file.followed == file.followed else {
            known[file.application] = Known(blob: blob, file: file, since: wall.now, commit: tip)
            return
        }
        (same.blob, same.file) = (blob, file)
        known[file.application] = same
    }

    private func observed(
        _ requests: [Request]
    ) async throws(GitError) -> [ApplicationName: RouteObservation] {
        var routes: [ApplicationName: RouteObservation] = [:]
        for name in Set(requests.flatMap(\.names)) {
            guard let found = known[name], let route = found.file.route else { continue }
            var settled = found.isFollowed || wall.now - found.since >= settings.propagation
            if !settled, let commit = found.commit, try await branch.isFollowed(commit) {
                known[name]?.isFollowed = true
                settled = true
            }
            routes[name] = RouteObservation(route: route, settled: settled, epoch: found.file.epoch)
        }
        return routes
    }

    private func message(_ files: [TrafficFile]) -> (message: String, trailers: [Trailer]) {
        let lines = files.map { file in
            let isSame = known[file.application].map { $0.file.followed == file.followed } ?? false
            return isSame ? "\(file.summary), as before, under epoch \(file.epoch)" : file.summary
        }
        let names = files.prefix(3).map(\.application).joined(separator: ", ")
        let title = "\(files.count) applications: \(names)\(files.count > 3 ? ", …" : "")\n\n"
        var trailers: [Trailer] = []
        for revision in Set(files.compactMap(\.revision)).sorted() {
            trailers.append(Trailer("Sluice-Revision", revision))
        }
        trailers += files.map { Trailer("Sluice-Application", $0.application) }
        trailers.append(Trailer("Sluice-Epoch", "\(files.map(\.epoch).max() ?? 0)"))
        if files.count == 1 { trailers.append(Trailer("Sluice-Generation", "\(files[0].generation)")) }
        return ((files.count > 1 ? title : "") + lines.joined(separator: "\n") + "\n\n[skip ci]", trailers)
    }
}
