import Core
import Manifests

extension HistoryVerb {
    struct Entry: Encodable {
        enum Kind: String, Encodable {
            /// A rollout began.
            case started
            /// A release came to serve alone.
            case served
            /// Weight went back to the release that served before.
            case turnedBack
            case rejected
            /// A release waits dark.
            case dark
            /// Nothing serves any more.
            case stopped
            case removed
            /// It goes on from what another name had come to.
            case renamed
            /// A release that waited dark was declared active.
            case activated
            case approved, promoted, paused, resumed, aborted, retried
            /// A request that is no pause was taken back.
            case withdrawn
        }

        var at: Instant
        /// Nil where it is about the whole fleet.
        var application: ApplicationName?
        var kind: Kind
        var text: String
        var version: String?
        var former: String?
        /// The manifest commit that gave rise to it; of what was asked, the one that introduced the release.
        var revision: Revision?
        var author: String?
        var email: String?
        var subject: String?
        /// The commit of the status branch that tells it; nil of what was asked.
        var statusCommit: String?
        /// The commit of the requests branch that asked it.
        var requestCommit: String?
        var stage: String?
        var gate: String?
        /// What whoever asked said of it.
        var reason: String?

        /// What happened between two statuses of an application, in order.
        static func entries(from old: Status?, to new: Status) -> [Entry] {
            var entries: [Entry] = []
            let at = new.history.last?.at ?? Instant(milliseconds: 0)
            func add(_ kind: Kind, _ text: String, _ version: String?, _ former: String?, _ revision: Revision) {
                entries.append(
                    Entry(
                        at: at, application: new.application, kind: kind, text: text, version: version, former: former,
                        revision: revision))
            }
            if let name = new.adopting, old?.adopting == nil {
                // All that it has was reached under that name, and is told there.
                add(.renamed, "renamed from \(name)", new.stable?.release.release.version, nil, new.observedRevision)
                return entries
            }
            let former = old?.stable?.release.release.version
            let isReturn =
                new.rollback != nil && new.rollback?.since != old?.rollback?.since
                && new.stable?.release.digest != old?.stable?.release.digest
            if let (version, text) = ending(from: old, to: new) {
                add(.turnedBack, text, version, former, new.observedRevision)
            }
            if new.rollback == nil, let candidate = new.candidate,
                candidate.release.digest != old?.candidate?.release.digest
            {
                let version = candidate.release.release.version
                if new.stage != nil || new.stable == nil {
                    add(
                        .started, former.map { "\($0) → \(version) begins" } ?? "\(version) begins", version, former,
                        candidate.revision)
                } else {
                    add(.dark, "\(version) waits dark", version, former, candidate.revision)
                }
            }
            if let (version, revision) = activation(from: old, to: new) {
                add(
                    .activated, "\(version) is activated" + (former.map { ", beside \($0)" } ?? ""), version, former,
                    revision)
            }
            if let rollback = new.rollback, rollback.since != old?.rollback?.since {
                let left = isReturn ? old?.stable : old?.candidate ?? new.candidate
                let version = left?.release.release.version
                let back = new.stable.map { "back to \($0.release.release.version) from " } ?? "back from "
                add(
                    .turnedBack, "\(back)\(version ?? "?"): \(rollback.message)", version,
                    new.stable?.release.release.version, new.observedRevision)
            }
            for rejection in new.rejected where new.rollback == nil {
                // What was asked of one that stands, and what came of it, is told where it was asked.
                let stood = old?.rejected.contains { other in
                    other.at == rejection.at && other.attempt.digest == rejection.attempt.digest
                        && other.attempt.introduced == rejection.attempt.introduced
                }
                guard stood != true else { continue }
                add(
                    .rejected, "\(rejection.version) rejected: \(rejection.reason)", rejection.version, former,
                    rejection.attempt.introduced)
                entries[entries.count - 1].at = rejection.at
            }
            if !isReturn, let stable = new.stable, stable.release.digest != old?.stable?.release.digest {
                let version = stable.release.release.version
                add(
                    .served,
                    former.map { "\(version) serves, after \($0)" }
                        ?? "\(version) serves", version, former, stable.revision)
            }
            if new.removal?.doneAt != nil, old?.removal?.doneAt == nil {
                let renamed = new.removal?.renamedTo.map { "renamed to \($0)" }
                add(.removed, renamed ?? "removed", nil, former, new.observedRevision)
            } else if new.stable == nil, old?.stable != nil {
                add(.stopped, "nothing serves", nil, former, new.observedRevision)
            }
            return entries
        }

        /// The candidate that is gone with no way back that was told, and what became of it: one that has no weight is
        /// gone at once. What was rejected with it is told as that.
        private static func ending(from old: Status?, to new: Status) -> (version: String, text: String)? {
            guard let old, old.rollback == nil, new.rollback == nil, new.removal == nil, let gone = old.candidate,
                let stable = old.stable, new.stable?.release.digest == stable.release.digest,
                new.candidate?.release.digest != gone.release.digest,
                !new.rejected.contains(where: { rejection in
                    rejection.attempt == gone.release.attempt && !old.rejected.contains { $0.at == rejection.at }
                })
            else { return nil }
            let version = gone.release.release.version
            if old.stage == nil { return (version, "\(version) does not wait dark any more") }
            let told = new.history.entries.last(where: { entry in
                entry.message.hasSuffix(")") && entry.message.contains(" serves alone on ")
                    && !old.history.contains(entry)
            })
            let why =
                told?.message.split(separator: "(", maxSplits: 1).last?.dropLast() ?? "it is not declared any more"
            return (version, "back to \(stable.release.release.version) from \(version): \(why)")
        }

        /// The release that waited dark before and is on its way, or serves, now, and the commit that says so.
        private static func activation(from old: Status?, to new: Status) -> (String, Revision)? {
            // One that is only coming up, with nothing beside it, is no dark one.
            guard let old, let dark = old.candidate, dark.state == .inactive, old.stage == nil,
                old.stable != nil || old.phase == .healthy, old.rollback == nil, new.rollback == nil
            else { return nil }
            let places = [new.candidate, new.stable].compactMap { $0 }
            guard let now = places.first(where: { $0.release.digest == dark.release.digest }),
                now.state != .inactive || new.stage != nil
            else { return nil }
            return (now.release.release.version, new.observedRevision)
        }
    }
}
