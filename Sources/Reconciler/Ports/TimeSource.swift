package import Core

/// Core's time: never goes backwards within a process.
package protocol TimeSource: Sendable {
    /// The instant that an event is handled at.
    var now: Instant { get }

    /// Returns when `now` has reached `instant`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(until instant: Instant) async throws

    /// How long a span of it takes by the wall's clock, which is what people wait by.
    func real(_ span: Span) -> Span
}

extension TimeSource {
    package func real(_ span: Span) -> Span { span }
}
