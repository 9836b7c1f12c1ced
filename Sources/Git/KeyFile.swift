import FoundationEssentials

/// What can be told of a private key's file without opening it.
enum KeyFile {
    /// Whether it looks like one.
    static func isPrivate(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes.prefix(80), as: UTF8.self).contains("PRIVATE KEY-----")
    }

    /// Whether it is encrypted: OpenSSH's own form names its cipher after a magic word (PROTOCOL.key), PEM in a header.
    static func hasPassphrase(_ bytes: [UInt8]) -> Bool {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let first = lines.first else { return false }
        if first.contains("ENCRYPTED") || lines.dropFirst().first?.contains("ENCRYPTED") == true { return true }
        guard first.contains("BEGIN OPENSSH PRIVATE KEY") else { return false }
        let text = lines.dropFirst().prefix { !$0.hasPrefix("-") }.joined()
        guard let data = Data(base64Encoded: text) else { return false }
        // The magic word and its zero, then the cipher's name after four bytes of length.
        let plain = Array("openssh-key-v1\0".utf8) + [0, 0, 0, 4] + Array("none".utf8)
        return !data.starts(with: plain)
    }
}
