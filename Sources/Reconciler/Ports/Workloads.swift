package import Core

/// What runs: the sides of an application and the replicas on them.
///
/// Each change is idempotent, says what should be, and answers when it has been accepted; that it is done is only
/// what a later observation shows. A change whose key carries a lower epoch than one that the application has already
/// been changed under is refused with ``Core/EffectFailure/Kind/staleEpoch``, and nothing of it happens.
package protocol Workloads: Sendable {
    /// What stands on both sides of an application. One that the platform has never heard of is two empty sides.
    func workloads(of application: ApplicationName) async throws(EffectFailure) -> WorkloadsObservation

    /// Provisions a release on a side, dark, with at least `floors` replicas of each component, in place of whatever
    /// release stood there; stamps the side with the digest and the key's epoch. The same release again changes
    /// nothing but floors and stamp: its replicas are not restarted.
    func deploy(
        _ release: Release, digest: Digest, on side: Side, namespace: String, floors: [String: Int], key: ActionKey
    ) async throws(EffectFailure) -> Receipt

    /// Sets the autoscaler's floor of the named components of a side and of no others. Refused with
    /// ``Core/EffectFailure/Kind/notFound`` where nothing stands there.
    func scale(_ side: Side, floors: [String: Int], key: ActionKey) async throws(EffectFailure) -> Receipt

    /// Removes everything that stands on a side. Where nothing does, that is a success.
    func teardown(_ side: Side, key: ActionKey) async throws(EffectFailure) -> Receipt

    /// Takes over what runs under a former name, as it runs. Where nothing does, that is a success: it was adopted
    /// before, or never was.
    func adopt(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt
}
