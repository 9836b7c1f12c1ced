package import Core

/// Where work goes: traffic by weight, messages by active consumers. All weights pass this one port.
package protocol Router: Sendable {
    /// The route of an application, nil inside where it has none.
    func route(of application: ApplicationName) async throws(EffectFailure) -> RouterObservation

    /// Sets the route as one change: no reader ever sees weights that do not sum to 100. Nil removes it. Refused
    /// with ``Core/EffectFailure/Kind/staleEpoch`` under a lower epoch than the application was last routed under.
    func setRoute(_ route: Route?, key: ActionKey) async throws(EffectFailure) -> Receipt

    /// Takes over the route of a former name. Where it has none, that is a success.
    func adoptRoute(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt

    /// From here on nothing of the application is routed under a lower epoch than the key's. Refused with
    /// ``Core/EffectFailure/Kind/staleEpoch`` where it was routed under a higher one.
    ///
    /// Called before whatever is changed that is not a route, so that an older leader cannot route to what a newer one
    /// has replaced. A router that is fenced together with what runs has nothing to do.
    func fence(_ key: ActionKey) async throws(EffectFailure)
}
