import Foundation

extension Report {
    /// The figures, units and aims included, as JSON.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(figures), as: UTF8.self)
        }
    }
}
