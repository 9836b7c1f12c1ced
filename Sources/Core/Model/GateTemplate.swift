/// Text with places that a gate's run fills in: `http://{component}.{namespace}.svc:8080`.
///
/// A name in braces that is none of ``Place`` stays as it is, since PromQL has braces of its own.
package struct GateTemplate: Hashable, Sendable {
    package enum Place: String, Hashable, Sendable, CaseIterable {
        case application, side, namespace, component, version
        /// Time since the weight is held, as PromQL writes it (`120s`); in queries only.
        case window
    }

    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Fills in every place. What is filled in is not searched for places again.
    ///
    /// - Parameter value: what stands for a place, escaped for where it will stand; nil leaves the place as it is.
    /// - Returns: the text with its places filled in.
    package func filled(_ value: (Place) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            let name = rest.dropFirst().prefix { $0.isLetter }
            if name.endIndex < rest.endIndex, rest[name.endIndex] == "}", let place = Place(rawValue: String(name)),
                let value = value(place)
            {
                result += value
                rest = rest[rest.index(after: name.endIndex)...]
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// Whether it holds braces that are no place of a URL.
    package var isFilledByURLPlaces: Bool {
        !filled { $0 == .window ? nil : "x" }.contains { $0 == "{" || $0 == "}" }
    }
}
