extension NodeReader {
    /// The current scalar as text, or nil and a finding. A plain scalar that YAML takes for something else than text
    /// is a finding: an editor that knows the schema says the same.
    mutating func text(expected: @autoclosure () -> String = "text") -> UnsafeBufferPointer<UInt8>? {
        guard kind == .scalar else {
            wrongType(expected: expected())
            return nil
        }
        let bytes = scalar
        if bytes.count > Bounds.scalar { return nil }
        if isPlain, PlainScalar.meaning(of: bytes) != .text {
            wrongType(expected: expected(), suggestion: bytes.isEmpty ? nil : PlainScalar.quoted(string(bytes)))
            return nil
        }
        return bytes
    }

    /// The current scalar's bytes where it is written plain.
    mutating func plain(expected: @autoclosure () -> String) -> UnsafeBufferPointer<UInt8>? {
        guard kind == .scalar, isPlain, !scalar.isEmpty else {
            wrongType(expected: expected())
            return nil
        }
        return scalar
    }

    func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the current scalar is exactly `word`.
    func isAt(_ word: StaticString) -> Bool {
        kind == .scalar && scalar.equals(word)
    }
}

extension UnsafeBufferPointer<UInt8> {
    @inline(__always)
    func equals(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count == length, let start = baseAddress else { return false }
        let other = word.utf8Start
        for i in 0..<length where start[i] != other[i] { return false }
        return true
    }

    /// Letters, digits and hyphens, at most 63, no hyphen at either end (RFC 1123, with lower case only as
    /// Kubernetes has it).
    var isLabel: Bool {
        guard let first, let last, count <= 63 else { return false }
        let hyphen = UInt8(ascii: "-")
        if first == hyphen || last == hyphen { return false }
        return allSatisfy { byte in
            byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
                || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == hyphen
        }
    }

    /// A decimal number with at most `places` digits after the point, times 10 to the power of `places`; nil where
    /// the bytes are anything else, or too long.
    func fixedPoint(places: Int) -> Int64? {
        var value: Int64 = 0
        var after: Int?
        var digits = 0
        guard count <= 16 else { return nil }
        for byte in self {
            if byte == UInt8(ascii: ".") {
                guard after == nil, digits > 0 else { return nil }
                after = 0
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            // `010` is eight to many.
            if digits == 1, value == 0, after == nil { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            digits += 1
            if let count = after {
                guard count < places else { return nil }
                after = count + 1
            }
        }
        guard digits > 0, after != 0 else { return nil }
        for _ in (after ?? 0)..<places {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
        }
        return value
    }
}
