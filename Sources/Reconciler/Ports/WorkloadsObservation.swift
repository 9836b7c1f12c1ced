package import Core

/// What stands on the sides of an application, with the time at which it was read.
package struct WorkloadsObservation: Hashable, Sendable {
    /// The platform's own clock, not earlier than the receipt of any change that was answered before it was asked.
    package var readAt: Instant
    /// A side that holds nothing of the application is nil.
    package var sides: PerSide<SideObservation?>

    package init(readAt: Instant, sides: PerSide<SideObservation?>) {
        self.readAt = readAt
        self.sides = sides
    }
}
