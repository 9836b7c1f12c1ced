/// What one evaluation of a gate has to say.
package struct GateReading: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// For people, in at most ``limit`` characters: the measurement and what it was held against, or what went wrong.
    package var text: String
    /// The latest value with its unit; nil where nothing was measured.
    package var measured: String?
    /// What the value is held against, in words; nil where there is no such thing.
    package var threshold: String?

    package static let limit = 200

    package init(_ text: String, measured: String? = nil, threshold: String? = nil) {
        self.text = text.count > Self.limit ? text.prefix(Self.limit - 1) + "…" : text
        self.measured = measured
        self.threshold = threshold
    }

    package init(stringLiteral text: String) {
        self.init(text)
    }
}
