import Glibc
import Synchronization

/// One process and no other: a number alone comes back for another process some day.
struct ProcessIdentity: Hashable, Codable, Sendable {
    var number: Int32
    /// When it started, in the kernel's ticks since the machine did.
    var start: UInt64
    /// Which of the machine's lives that was.
    var boot: String

    /// The process of this number; nil where there is none, or only what its parent has not collected.
    ///
    /// - Throws: where that cannot be told.
    init?(_ number: Int32) throws(SmallFileError) {
        guard let found = try ProcessTable.entry(number), !found.hasEnded else { return nil }
        self.number = number
        start = found.start
        boot = try Self.currentBoot()
    }

    /// Whether it runs.
    ///
    /// - Throws: where that cannot be told.
    func isAlive() throws(SmallFileError) -> Bool { try ProcessIdentity(number) == self }

    /// Whether it began in the machine's present life: the numbers of earlier ones say nothing.
    func isOfThisBoot() throws(SmallFileError) -> Bool { try boot == Self.currentBoot() }

    private static let known = Mutex<String?>(nil)

    private static func currentBoot() throws(SmallFileError) -> String {
        if let boot = known.withLock({ $0 }) { return boot }
        let path = "/proc/sys/kernel/random/boot_id"
        let boot = (try SmallFile.text(path, limit: 64) ?? "").filter { !$0.isWhitespace }
        guard !boot.isEmpty else { throw SmallFileError(path, "read") }
        known.withLock { $0 = boot }
        return boot
    }

    /// How a process of our own ended, in words; collects it. nil where it has not ended, or is nobody's child here.
    static func collect(_ number: Int32) -> String? {
        var status: Int32 = 0
        guard waitpid(number, &status, WNOHANG) == number else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? "exited with \((status >> 8) & 0xff)" : "was ended by signal \(signal)"
    }
}
