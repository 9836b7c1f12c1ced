internal import Core

extension Form where Value == String {
    /// An absolute http or https URL.
    static let url = line(words: "URL", limit: 2048, pattern: "^https?://[!-~]+$") { bytes in
        let scheme = bytes.starts(with: "https://".utf8) ? 8 : bytes.starts(with: "http://".utf8) ? 7 : Int.max
        return bytes.count > scheme && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
