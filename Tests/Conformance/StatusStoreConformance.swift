import Core
package import Reconciler
import Testing

/// What every status store promises. Takes two daemons' views of one branch that nobody has led yet.
package enum StatusStoreConformance {
    package static func check(_ older: any StatusStore, _ newer: any StatusStore) async throws {
        let first = try await older.lead()
        #expect(first.statuses.isEmpty, "an empty branch holds no statuses")
        let updates = ["a", "b"].map { update($0, revision: "1") }
        #expect(await older.push(updates, epoch: first.epoch) == .accepted, "a leader's push is accepted")
        #expect(await older.push(updates, epoch: first.epoch) == .accepted, "the same again is harmless")
        #expect(try await older.newerEpoch(than: first.epoch) == nil, "a leader's own epoch is no newer one")
        let second = try await newer.lead()
        #expect(second.epoch > first.epoch, "leading raises the epoch")
        #expect(second.statuses.map(\.application).sorted() == ["a", "b"], "what was accepted is read back")
        #expect(try await older.newerEpoch(than: first.epoch) == second.epoch, "an older leader can see the newer one")
        #expect(try await newer.newerEpoch(than: second.epoch) == nil, "and the newer one sees nobody")
        #expect(try await older.takeOver() == nil, "what somebody leads is not taken over")
        #expect(try await newer.newerEpoch(than: second.epoch) == nil, "and the try changed nothing")
        let late = await older.push([update("a", revision: "2")], epoch: first.epoch)
        #expect(late == .superseded(epoch: second.epoch), "an older leader's push is refused, and names the newer one")
        let third = try await newer.lead()
        #expect(third.statuses.allSatisfy { $0.observedRevision == "1" }, "what was refused changed nothing")
        let epochs = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in [older, newer, older, newer] { group.addTask { try await store.lead().epoch } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(epochs).count == 4 && (epochs.min() ?? 0) > third.epoch, "no two leaders share an epoch: \(epochs)")
    }

    private static func update(_ name: ApplicationName, revision: Revision) -> StatusUpdate {
        StatusUpdate(status: Status(application: name, observedRevision: revision), summary: "test")
    }
}
