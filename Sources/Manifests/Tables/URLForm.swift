internal import Core

extension Form where Value == String {
    /// An absolute http or https URL.
    static let url = line(words: "URL", limit: 2048, pattern: "^https?://[!-~]+$", mayHoldPassword: true) { bytes in
        let scheme = bytes.starts(with: "https://".utf8) ? 8 : bytes.starts(with: "http://".utf8) ? 7 : Int.max
        return bytes.count > scheme && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && hasSoundPort(bytes.dropFirst(scheme).prefix { !"/?#".utf8.contains($0) })
    }

    /// Whether the part of a URL that names a host ends with a port from 1 to 65535, or names none. What a place fills is
    /// looked at when it is filled.
    private static func hasSoundPort(_ authority: some BidirectionalCollection<UInt8>) -> Bool {
        let host =
            authority.lastIndex(of: UInt8(ascii: "@")).map { authority[authority.index(after: $0)...] }
            ?? authority[...]
        guard let colon = host.lastIndex(of: UInt8(ascii: ":")), !host[colon...].contains(UInt8(ascii: "]")) else {
            return true
        }
        let digits = host[host.index(after: colon)...]
        if digits.isEmpty || digits.contains(UInt8(ascii: "{")) { return true }
        return Int(String(decoding: digits, as: UTF8.self)).map { (1...65_535).contains($0) } ?? false
    }
}
