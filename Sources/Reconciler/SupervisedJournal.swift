package import Core
package import Supervision
import Synchronization

/// The journal of actions as supervision records: stale after the effect's deadline, timed out after four of them.
package final class SupervisedJournal: ActionJournal {
    private let store: any SupervisionStore
    private let window: Span
    private let prunedBefore = Mutex<Int64>(.min)

    /// Buckets of finished records that are kept for people to look at.
    private static let keptBuckets: Int64 = 60

    /// `window`: after this an action is late; after four times this it is given up.
    package init(store: any SupervisionStore, window: Span = EngineConfiguration().effectDeadline) {
        self.store = store
        self.window = window
    }

    package func record(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {
        let record = SupervisionRecord(
            id: id(of: key), recordedAt: now.milliseconds, staleAt: (now + window).milliseconds,
            timeoutAt: (now + window * 4).milliseconds)
        do {
            try await store.record(record)
        } catch {
            throw refusal(error)
        }
    }

    package func complete(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {
        do {
            try await store.complete(id(of: key))
            let limit = SupervisionRecord.bucket(of: now.milliseconds) - Self.keptBuckets
            let isDue = prunedBefore.withLock { pruned in
                defer { pruned = max(pruned, limit) }
                return limit > pruned
            }
            if isDue { try await store.prune(before: limit) }
        } catch {
            throw refusal(error)
        }
    }

    package func outstanding() async throws(EffectFailure) -> [String] {
        do {
            return try await store.outstanding().map(\.id)
        } catch {
            throw refusal(error)
        }
    }

    package func expire(at now: Instant) async throws(EffectFailure) -> [String] {
        do {
            return try await store.markTimedOut(asOf: now.milliseconds).map(\.id)
        } catch {
            throw refusal(error)
        }
    }

    /// The key as text. One that is too long for a record keeps its beginning and the digest of the whole.
    private func id(of key: ActionKey) -> String {
        let text = key.description
        guard text.utf8.count > SupervisionRecord.idLimit else { return text }
        return "\(text.prefix(100))…\(Digest(of: text.utf8))"
    }

    private func refusal(_ error: SupervisionError) -> EffectFailure {
        EffectFailure(.refused, "the supervision journal failed: \(error)")
    }
}
