import ArgumentParser
import Core
import Git
import Manifests
import Repository

/// Makes the manifest declare again what served before.
struct RollbackVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Commits to the manifest what restores the release before.",
        discussion: """
            Restores the application's version, components and contract, not their replicas, and nothing else that the \
            offending commit changed. That is the release that serves; where it is the declared one, the one before. A \
            plain git revert works as well.

            Exit codes: 0 it is pushed; 1 there is nothing to go back to, or the branch refuses the push; 2 the \
            repository cannot be read.
            """)

    @Argument(help: "The application.")
    var name: String

    @Option(help: "Why; it becomes part of the commit.")
    var reason: String?

    @Option(help: "The folder of the manifests in the repository; without it the one that the daemon follows.")
    var path: String?

    @Option(help: "The repository of the status branch, where it is another one.")
    var statusRepository: String?

    @OptionGroup var repository: RepositoryOptions

    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try path.map { try Arguments.folder($0) } }

    func run() async throws {
        try await answering {
            let person = try GitPerson.current()
            let statuses = try StatusBranch(statusOptions)
            var recorded: Status?
            let look = try await statuses.look()
            if let tip = look.status {
                // What was declared before is known without it.
                do {
                    recorded = try await statuses.status(of: name, at: tip)
                } catch let failure as Failure {
                    Terminal.complain("sluice: \(failure.message)")
                }
            }
            let branch = statusRepository == nil ? statuses : try StatusBranch(repository)
            let (mirror, remote, transport) = try branch.writer()
            let folder = try path.map { try Arguments.folder($0) } ?? look.record?.folder ?? ""
            var dropping: String?
            if let recorded {
                dropping = try await RequestDesk.dropping(recorded, statuses, look, folder: folder)
            }
            let rollback = Rollback(
                name: name, branch: look.branch, folder: folder, status: recorded,
                mirror: mirror, remote: remote, transport: transport, place: statuses.place, dropping: dropping)
            let done = try await rollback.push(reason: reason.map(RequestCoding.line), by: person)
            report(done, person, on: look.branch, statuses.place, await FleetStatus.unled(statuses))
        }
    }

    private var statusOptions: RepositoryOptions {
        var options = repository
        if let statusRepository { options.repository = statusRepository }
        return options
    }

    private func report(
        _ done: Rollback.Done, _ person: GitPerson, on branch: String, _ place: Place, _ unled: String?
    ) {
        guard output.output == .text else {
            Terminal.print(
                StatusCoding.json(
                    RollbackReport(
                        verb: "rollback", application: name, branch: branch, paths: [done.path],
                        version: done.commit.version, former: done.commit.former, reverts: done.commit.reverts,
                        reason: reason, by: person.description, commit: done.id.description, pushed: true, unled: unled)
                ))
            return
        }
        Terminal.print(
            Terminal.clean(
                "restored: \(name) \(done.commit.version) instead of \(done.commit.former), as \(person) "
                    + "(\(done.id.short) on \(branch), \(done.path))"))
        Terminal.print(RequestDesk.outcome(unled, watch: place.command("status", name, "--watch")))
    }
}

/// What was rolled back, for programs.
private struct RollbackReport: Encodable {
    var verb: String
    var application: ApplicationName
    var branch: String
    var paths: [String]
    var version: String
    var former: String
    var reverts: Revision
    var reason: String?
    var by: String
    var commit: String
    var pushed: Bool
    var unled: String?
}
