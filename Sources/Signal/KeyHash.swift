/// The stable hash by which a key is assigned to a side, the same in every language and for ever.
///
/// It is FNV-1a with 64 bits over the UTF-8 bytes of the application's name, a zero byte, the bytes of the key, and
/// eight zero bytes. FNV-1a mixes upwards only, so its upper bits hardly know the last bytes of a key; the eight zero
/// bytes at the end are eight more multiplications, which carry them there. The upper 32 bits choose one of
/// ``buckets``.
public struct KeyHash: Hashable, Sendable {
    /// What all keys of the application begin with.
    private let prefix: UInt64

    /// How many buckets keys fall into: a hundred for each percent.
    public static let buckets = 10_000

    private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3
    /// Hashing eight zero bytes is multiplying by the prime eight times: its eighth power.
    private static let finish: UInt64 = 0x1efa_c709_0aef_4a21

    /// The hash of an application's keys.
    public init(application: String) {
        prefix = Self.hash(application.utf8, from: Self.offset) &* Self.prime
    }

    /// The key's bucket, from 0 up to ``buckets``.
    public func bucket(of key: String) -> Int {
        let hash = Self.hash(key.utf8, from: prefix) &* Self.finish
        return Int(((hash >> 32) * UInt64(Self.buckets)) >> 32)
    }

    /// The side of a key at these weights: flop has the lowest buckets, as many as its weight, and flip the rest.
    ///
    /// A side that grows takes keys over and gives none back, so a key changes sides at most once while weights move
    /// one way only, and only as many keys move as have to.
    public func side(of key: String, flop weight: Int) -> Side {
        bucket(of: key) < weight * (Self.buckets / 100) ? .flop : .flip
    }

    private static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64) -> UInt64 {
        var hash = start
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
        return hash
    }
}
