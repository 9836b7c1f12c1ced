/// Whole numbers in a form that readers of YAML do not agree on: `010` is eight to those of YAML 1.1, which are most, and
/// ten to others.
struct OddInteger {
    /// What to write instead, in words.
    let advice: String

    /// - Parameter bytes: A scalar without quotes that is no plain whole number.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count <= 40 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let isNegative = text.hasPrefix("-")
        let hasSign = isNegative || text.hasPrefix("+")
        let sign = isNegative ? "-" : ""
        let digits = text.dropFirst(hasSign ? 1 : 0).filter { $0 != "_" }
        guard let first = digits.first, first.isASCII, first.isNumber else { return nil }
        let rest = String(digits.dropFirst(2))
        func number(_ text: String, _ radix: Int) -> String? { Int(text, radix: radix).map { "\(sign)\($0)" } }
        switch digits.prefix(2) {
        case "0x", "0X": advice = number(rest, 16).map { "write \($0)" } ?? Self.plainly
        case "0o", "0O": advice = number(rest, 8).map { "write \($0)" } ?? Self.plainly
        case "0b", "0B": advice = number(rest, 2).map { "write \($0)" } ?? Self.plainly
        default:
            if digits.contains(":") {
                guard let sum = Self.sexagesimal(digits) else { return nil }
                advice = "some readers take it for \(sign)\(sum): write that, or what is meant"
            } else if let decimal = Self.decimal(digits), let plain = number(decimal, 10) {
                let octal = first == "0" && digits == decimal && decimal.count > 1 ? number(decimal, 8) : nil
                if let octal, octal != plain {
                    advice = "some readers take it for \(octal) and others for \(plain): write \(octal) or \(plain)"
                } else {
                    advice = "write \(plain)"
                }
            } else {
                return nil
            }
        }
    }

    private static let plainly = "write it with the digits 0 to 9 alone"

    /// Digits alone; of a fraction that is nothing, and of an exponent, what they come to.
    private static func decimal(_ text: String) -> String? {
        func isDigits(_ text: some StringProtocol) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if isDigits(text) { return text }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 2, isDigits(parts[0]), parts[1].utf8.allSatisfy({ $0 == 0x30 }) { return String(parts[0]) }
        let powers = text.lowercased().split(separator: "e")
        if powers.count == 2, isDigits(powers[0]), let power = Int(powers[1]), (0...12).contains(power) {
            return powers[0] + String(repeating: "0", count: power)
        }
        return nil
    }

    /// `1:30` in the system of base 60 that YAML 1.1 has.
    private static func sexagesimal(_ text: String) -> Int? {
        var sum = 0
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard let value = Int(part), value >= 0, sum < 1 << 40 else { return nil }
            sum = sum * 60 + value
        }
        return sum
    }
}
