import CGit2

/// The SHA-1 name of a git object, held inline.
package struct ObjectID: Sendable {
    /// The 20 bytes in the order in which git prints them, as big-endian words so that comparison is cheap.
    let high: UInt64
    let middle: UInt64
    let low: UInt32

    /// Reads 40 hexadecimal digits of either case; anything else is nil.
    package init?(hex: some StringProtocol) {
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var count = 0
        for byte in hex.utf8 {
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
            switch count {
            case 0..<16: words.0 = words.0 << 4 | digit
            case 16..<32: words.1 = words.1 << 4 | digit
            case 32..<40: words.2 = words.2 << 4 | digit
            default: return nil
            }
            count += 1
        }
        guard count == 40 else { return nil }
        (high, middle, low) = (words.0, words.1, UInt32(words.2))
    }

    init(_ oid: git_oid) {
        self = withUnsafeBytes(of: oid) { ObjectID(bytes: $0) }
    }

    /// The first 20 bytes of the buffer, which must hold as many.
    init(bytes: UnsafeRawBufferPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    /// The id as libgit2 takes it.
    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid) { bytes in
            bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    /// Whether every bit is zero, by which the git protocol says "no object".
    var isZero: Bool { high == 0 && middle == 0 && low == 0 }
}

extension ObjectID: Hashable, Comparable {
    package static func < (a: ObjectID, b: ObjectID) -> Bool {
        (a.high, a.middle, a.low) < (b.high, b.middle, b.low)
    }
}

extension ObjectID: CustomStringConvertible {
    /// Forty lower-case hexadecimal digits.
    package var description: String {
        String(unsafeUninitializedCapacity: 40) { buffer in
            var position = 0
            func append(_ word: UInt64, digits: Int) {
                for digit in stride(from: digits - 1, through: 0, by: -1) {
                    let value = UInt8(truncatingIfNeeded: word >> UInt64(digit * 4)) & 0xf
                    buffer[position] = value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                    position += 1
                }
            }
            append(high, digits: 16)
            append(middle, digits: 16)
            append(UInt64(low), digits: 8)
            return 40
        }
    }

    /// The first ten digits, for people.
    package var short: String { String(description.prefix(10)) }
}

extension ObjectID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ObjectID(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an object id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
