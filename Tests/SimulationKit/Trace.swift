import Core

/// What happened in a run, in order: a hash of all of it, and the lines where they are wanted.
package struct Trace {
    package private(set) var lines: [String] = []
    /// FNV-1a over every line and its time.
    package private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    package let keepsLines: Bool
    /// Builds every line, so that the hash covers them; without it the hash covers times only.
    package let hashesLines: Bool

    package init(keepsLines: Bool, hashesLines: Bool = false) {
        self.keepsLines = keepsLines
        self.hashesLines = hashesLines || keepsLines
    }

    mutating func line(_ at: Instant, _ text: () -> String) {
        mix(UInt64(bitPattern: at.milliseconds))
        guard hashesLines else { return }
        let line = text()
        for byte in line.utf8 { mix(UInt64(byte)) }
        if keepsLines { lines.append("\(at - Simulation.start) \(line)") }
    }

    private mutating func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0x0000_0100_0000_01b3
    }
}
