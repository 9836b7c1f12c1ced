import Core
import Git
import Manifests

/// Why what a daemon follows cannot be looked at: what was declared stays declared, and somebody has to see to it.
struct AbsentDeclaration {
    /// What is not there.
    enum Missing: Error {
        case branch
        /// The folder, the head in which it is not, and that in a sentence.
        case folder(String, ObjectID, String)
    }

    /// Commits that are looked through for the one by which a folder went.
    private static let searched = 512

    /// `main has no folder production`
    let brief: String
    /// The same, with since when, what comes of it, and what to do.
    let sentence: String
    let way: StatusAdvice.Way

    init(_ missing: Missing, _ branch: StatusBranch, _ look: StatusBranch.Look, _ statuses: [Status]) async throws {
        let who = "the daemon of \(Terminal.clean(branch.place.environment))"
        switch missing {
        case .branch:
            brief = "there is no branch \(look.branch)"
            let last = await Self.newest(statuses, in: branch.mirror)
            let reference = Place.quoted("refs/heads/\(look.branch)")
            way = StatusAdvice.Way(
                name: "mend", command: last.map { "git push origin \($0.description):\(reference)" },
                text: last == nil
                    ? "push \(look.branch) again, from a clone that has it"
                    : "in a clone: makes the branch again at the newest commit of which something was taken up; push what came after "
                        + "it as well")
            sentence =
                "\(Terminal.clean(branch.place.shown)) has no branch \(look.branch), which \(who) follows; "
                + Self.consequence(way)
        case .folder(let folder, let head, let why):
            let gone = try? await branch.mirror.departure(of: folder, from: head, limit: Self.searched)
            let isAbsent = (try? await branch.mirror.place(at: folder, in: head)) == .nothing
            brief = isAbsent ? "\(look.branch) has no folder \(folder)" : "\(look.branch): \(why)"
            let now = gone?.goal.map { ", where it is called \($0)" } ?? ""
            let since = gone.map { " (since \($0.commit.short)\(now))" } ?? ""
            way = isAbsent ? Self.bringingBack(folder, gone, look.branch) : Self.byHand(folder)
            sentence = "\(brief)\(since), and \(who) follows it; \(Self.consequence(way))"
        }
    }

    private static func consequence(_ way: StatusAdvice.Way) -> String {
        // Last, so that it can be taken to the end of the line.
        let command = way.command.map { ": \($0)" } ?? ""
        return "what was declared stays, and nothing new is taken up; \(way.text)\(command)"
    }

    private static func byHand(_ folder: String) -> StatusAdvice.Way {
        StatusAdvice.Way(
            name: "mend", text: "bring the folder \(folder) back, or start the daemon with the --path that is meant")
    }

    private static func bringingBack(
        _ folder: String, _ gone: (commit: ObjectID, goal: String?)?, _ branch: String
    ) -> StatusAdvice.Way {
        guard let gone else { return byHand(folder) }
        let (place, message) = (Place.quoted(folder), Place.quoted("Bring \(folder) back"))
        guard let goal = gone.goal else {
            return StatusAdvice.Way(
                name: "mend",
                command: Declared.committing(
                    "git checkout '\(gone.commit.short)^1' -- \(place) && git commit -m \(message) -- \(place)",
                    to: branch),
                text: "in a clone: brings it back as it was")
        }
        let above = folder.split(separator: "/").dropLast().joined(separator: "/")
        let make = above.isEmpty ? "" : "mkdir -p \(Place.quoted(above)) && "
        let now = Place.quoted(goal)
        return StatusAdvice.Way(
            name: "mend",
            command: Declared.committing(
                "\(make)git mv \(now) \(place) && git commit -m \(message) -- \(now) \(place)", to: branch),
            text: "start the daemon with --path \(now), or in a clone")
    }

    /// The newest commit that any of them was taken up from, where it is known there.
    private static func newest(_ statuses: [Status], in mirror: Mirror) async -> ObjectID? {
        var newest: (commit: ObjectID, time: Int64)?
        for revision in Set(statuses.flatMap { [$0.observedRevision, $0.past?.head] }.compactMap { $0 }) {
            guard let id = ObjectID(hex: revision), let found = try? await mirror.commit(id) else { continue }
            if found.committerTime > newest?.time ?? .min { newest = (id, found.committerTime) }
        }
        return newest?.commit
    }
}

extension Mirror {
    /// The commit of the first-parent line by which a folder went that is not there at `head`, and what it is called
    /// since, where it was renamed as a whole.
    func departure(
        of folder: String, from head: ObjectID, limit: Int
    ) throws(GitError) -> (commit: ObjectID, goal: String?)? {
        for id in try firstParentCommits(from: head, limit: limit) {
            guard let parent = try commit(id).parents.first else { return nil }
            guard case .folder(let tree) = try place(at: folder, in: parent) else { continue }
            return (id, try name(of: tree, at: folder, since: parent, in: id, head))
        }
        return nil
    }

    /// Where a commit put what was in a folder, and it still is.
    private func name(
        of tree: ObjectID, at folder: String, since parent: ObjectID, in id: ObjectID, _ head: ObjectID
    ) throws(GitError) -> String? {
        let changes = try changes(from: parent, to: id)
        guard let lost = changes.first(where: { $0.new == nil && $0.path.hasPrefix(folder + "/") }) else { return nil }
        let tail = lost.path.dropFirst(folder.count)
        for change in changes where change.old == nil && change.new == lost.old && change.path.hasSuffix(tail) {
            let goal = String(change.path.dropLast(tail.count))
            guard !goal.isEmpty, case .folder(tree) = try place(at: goal, in: id),
                case .folder = try place(at: goal, in: head)
            else { continue }
            return goal
        }
        return nil
    }
}
