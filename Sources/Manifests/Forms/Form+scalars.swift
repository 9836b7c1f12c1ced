internal import Core

extension Form where Value == String {
    /// A DNS label.
    static let name = Form(
        .text(words: "name", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", limit: 63)
    ) { reader throws(Stop) in
        guard let bytes = reader.text(expected: "a name") else {
            try reader.skip()
            return nil
        }
        if reader.author == .person, !bytes.isLabel {
            reader.add(
                .invalidValue, at: reader.mark,
                "\(reader.echo) is not a name: lower-case letters, digits and inner hyphens, at most 63",
                suggestion: label(reader.string(bytes)))
            return nil
        }
        return reader.string(bytes)
    }

    /// What a word would be as a name, where that is easy.
    private static func label(_ text: String) -> String? {
        guard text.utf8.count <= 63 else { return nil }
        var bytes = text.lowercased().utf8.map { $0 == UInt8(ascii: "_") || $0 == 32 ? UInt8(ascii: "-") : $0 }
        let isLabel = bytes.withUnsafeMutableBufferPointer { UnsafeBufferPointer($0).isLabel }
        return isLabel ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// A version: visible ASCII, at most 128 characters.
    static let version = line(words: "version", limit: 128, pattern: "^[!-~]+$") { bytes in
        bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// One line of text.
    static func line(limit: Int) -> Form {
        line(words: "text", limit: limit, pattern: "^[^\\u0000-\\u001f\\u007f]*$") { bytes in
            bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }

    /// Any text.
    static let text = line(words: "text", limit: Bounds.scalar, pattern: nil) { _ in true }

    static func line(
        words: String, limit: Int, pattern: String?, mayHoldPassword: Bool = false,
        allows: @escaping @Sendable (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Form {
        Form(.text(words: words, pattern: pattern, limit: limit)) { reader throws(Stop) in
            guard let bytes = reader.text() else {
                try reader.skip()
                return nil
            }
            if reader.author == .person {
                if bytes.count > limit, bytes.count(where: { $0 & 0xC0 != 0x80 }) > limit {
                    reader.add(.outOfRange, at: reader.mark, "this text is longer than \(limit) characters")
                    return nil
                }
                if !allows(bytes) {
                    // What is found comes into logs and statuses.
                    let shown = mayHoldPassword && bytes.contains(UInt8(ascii: "@")) ? "this" : reader.echo
                    reader.add(.invalidValue, at: reader.mark, "\(shown) is not a \(words)")
                    return nil
                }
            }
            return reader.string(bytes)
        }
    }
}

extension Form where Value == Int {
    /// A whole number, plain.
    static func integer(_ range: ClosedRange<Int>) -> Form {
        Form(.integer(range)) { reader throws(Stop) in
            guard let bytes = reader.plain(expected: "a whole number") else {
                try reader.skip()
                return nil
            }
            let isNegative = bytes[0] == UInt8(ascii: "-")
            let digits = isNegative ? UnsafeBufferPointer(rebasing: bytes.dropFirst()) : bytes
            let isPlain = digits.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } && !digits.isEmpty
            guard isPlain, digits.count == 1 || digits[0] != UInt8(ascii: "0") || reader.author == .sluice else {
                if let odd = OddInteger(bytes) {
                    reader.add(
                        .invalidValue, at: reader.mark,
                        "\(reader.echo) is not the same number to everybody who reads YAML: \(odd.advice)")
                } else {
                    reader.wrongType(expected: "a whole number")
                }
                return nil
            }
            let value = Int(digits: digits, isNegative: isNegative)
            if let value, reader.author == .sluice || range.contains(value) { return value }
            reader.add(
                .outOfRange, at: reader.mark,
                "\(reader.echo) is not between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
    }

    /// `25%`: whole percent.
    static func percent(_ range: ClosedRange<Int>) -> Form {
        Form(.text(words: "percent", pattern: "^(100|[1-9]?[0-9])%$", limit: 4)) { reader throws(Stop) in
            guard let hundredths = try Form<Int64>.percent(places: 0, of: &reader, example: "25%") else { return nil }
            let value = Int(hundredths)
            if reader.author == .sluice || range.contains(value) { return value }
            reader.add(
                .outOfRange, at: reader.mark,
                "\(reader.echo) is not between \(range.lowerBound)% and \(range.upperBound)%")
            return nil
        }
    }

    /// `0.5%`, as per mille.
    static let perMille = Form(
        .text(words: "percent with at most one decimal", pattern: "^(100(\\.0)?|[1-9]?[0-9](\\.[0-9])?)%$", limit: 5)
    ) { reader throws(Stop) in
        guard let value = try Form<Int64>.percent(places: 1, of: &reader, example: "0.5%") else { return nil }
        if reader.author == .sluice || value <= 1000 { return Int(value) }
        reader.add(.outOfRange, at: reader.mark, "\(reader.echo) is more than 100%")
        return nil
    }

    /// `2.5`, as percent (250).
    static let factor = Form(.number(words: "number from 1 to 1000 with at most two decimals")) { reader throws(Stop) in
        guard let bytes = reader.plain(expected: "a number") else {
            try reader.skip()
            return nil
        }
        guard let value = bytes.fixedPoint(places: 2) else {
            reader.wrongType(expected: "a number with at most two decimals")
            return nil
        }
        if reader.author == .sluice || (100...100_000).contains(value) { return Int(value) }
        reader.add(.outOfRange, at: reader.mark, "\(reader.echo) is not between 1 and 1000")
        return nil
    }
}

extension Int {
    /// Nil where it is too large.
    fileprivate init?(digits: UnsafeBufferPointer<UInt8>, isNegative: Bool) {
        var value = 0
        for digit in digits {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            if isTooLarge || isStillTooLarge { return nil }
            value = sum
        }
        self = isNegative ? -value : value
    }
}

extension Form where Value == Int64 {
    /// Reads a percentage with at most `places` decimals, as percent times 10 to the power of `places`.
    static func percent(places: Int, of reader: inout NodeReader, example: String) throws(Stop) -> Int64? {
        guard let bytes = reader.kind == .scalar ? reader.scalar : nil else {
            reader.wrongType(expected: "a percentage such as \(example)")
            try reader.skip()
            return nil
        }
        if bytes.last == UInt8(ascii: "%") {
            let number = UnsafeBufferPointer(rebasing: bytes.dropLast())
            if let value = number.fixedPoint(places: places) { return value }
        }
        let bare = bytes.fixedPoint(places: places) != nil
        reader.wrongType(
            expected: "a percentage such as \(example)", suggestion: bare ? "\(reader.string(bytes))%" : nil)
        return nil
    }
}

extension Form where Value == Bool {
    static let boolean = Form(.boolean) { reader throws(Stop) in
        if reader.kind == .scalar, reader.isPlain {
            if reader.isAt("true") { return true }
            if reader.isAt("false") { return false }
        }
        var meant: String?
        if reader.kind == .scalar {
            let word = reader.scalar.count <= 5 ? reader.string(reader.scalar).lowercased() : ""
            if ["yes", "on", "y", "true"].contains(word) { meant = "true" }
            if ["no", "off", "n", "false"].contains(word) { meant = "false" }
        }
        reader.wrongType(expected: "true or false", suggestion: meant)
        try reader.skip()
        return nil
    }
}

extension Form where Value == Span {
    /// `90s`, `1h30m`: at least `least`.
    static func duration(least: Span = .zero) -> Form {
        let words = least > .zero ? "duration above 0s" : "duration"
        let pattern = "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
        return Form(.text(words: words, pattern: pattern, limit: 64)) { reader throws(Stop) in
            guard reader.kind == .scalar, reader.scalar.count <= 64 else {
                reader.wrongType(expected: "a duration such as 90s or 1h30m")
                try reader.skip()
                return nil
            }
            guard let span = Span(fast: reader.scalar) ?? Span(reader.string(reader.scalar)) else {
                let isNumber = reader.isPlain && PlainScalar.meaning(of: reader.scalar) == .number
                reader.add(
                    isNumber ? .wrongType : .invalidValue, at: reader.mark,
                    "\(reader.echo) is not a duration: whole numbers with units, such as 90s or 1h30m, up to 10 years",
                    suggestion: isNumber && Int(reader.string(reader.scalar)) != nil
                        ? "\(reader.string(reader.scalar))s" : nil)
                return nil
            }
            if reader.author == .person, span < least {
                reader.add(.outOfRange, at: reader.mark, "a duration of \(span) is too short: at least \(least)")
                return nil
            }
            return span
        }
    }
}

extension Span {
    /// Reads the common form, one number with one unit of hours, minutes or seconds, without making a string.
    fileprivate init?(fast bytes: UnsafeBufferPointer<UInt8>) {
        guard let last = bytes.last, bytes.count >= 2, bytes.count <= 7 else { return nil }
        let size: Int64
        switch last {
        case UInt8(ascii: "s"): size = 1000
        case UInt8(ascii: "m"): size = 60_000
        case UInt8(ascii: "h"): size = 3_600_000
        default: return nil
        }
        var count: Int64 = 0
        for byte in bytes.dropLast() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            count = count * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        guard count * size <= 315_360_000_000 else { return nil }
        self.init(milliseconds: count * size)
    }
}

extension Form where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of the cases, by raw value.
    static var choice: Form {
        let cases = Value.allCases.map { $0 }
        let words = cases.map(\.rawValue)
        return Form(.choice(words)) { reader throws(Stop) in
            guard reader.kind == .scalar, reader.scalar.count <= Bounds.scalar else {
                reader.wrongType(expected: "one of \(words.joined(separator: ", "))")
                try reader.skip()
                return nil
            }
            let text = reader.string(reader.scalar)
            if let value = Value(rawValue: text) { return value }
            reader.add(
                .invalidValue, at: reader.mark, "\(reader.echo) is not one of \(words.joined(separator: ", "))",
                suggestion: Suggestion.nearest(to: text, among: words))
            return nil
        }
    }
}
