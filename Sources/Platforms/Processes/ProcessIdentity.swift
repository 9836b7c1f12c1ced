import Glibc

/// One process and no other: a number alone comes back for another process some day.
struct ProcessIdentity: Hashable, Codable, Sendable {
    var number: Int32
    /// When it started, in the kernel's ticks since the machine did.
    var start: UInt64
    /// Which of the machine's lives that was.
    var boot: String

    /// The process of this number; nil where there is none, or only what its parent has not collected.
    init?(_ number: Int32) {
        guard let found = ProcessTable.entry(number), !found.hasEnded else { return nil }
        self.number = number
        start = found.start
        boot = Self.currentBoot
    }

    /// Whether it runs.
    var isAlive: Bool { ProcessIdentity(number) == self }

    static let currentBoot = SmallFile.read("/proc/sys/kernel/random/boot_id", limit: 64).filter { !$0.isWhitespace }

    /// How a process of our own ended, in words; collects it. nil where it has not ended, or is nobody's child here.
    static func collect(_ number: Int32) -> String? {
        var status: Int32 = 0
        guard waitpid(number, &status, WNOHANG) == number else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? "exited with \((status >> 8) & 0xff)" : "was ended by signal \(signal)"
    }
}
