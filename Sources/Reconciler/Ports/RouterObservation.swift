package import Core

/// The route of an application, with the time at which it was read.
package struct RouterObservation: Hashable, Sendable {
    /// The platform's own clock, not earlier than the receipt of any change that was answered before it was asked.
    package var readAt: Instant
    /// nil where there is no route: nothing serves.
    package var route: RouteObservation?

    package init(readAt: Instant, route: RouteObservation?) {
        self.readAt = readAt
        self.route = route
    }
}
