import Core
import Foundation

/// A side as the places of a template name it.
struct GatePlaces {
    var application: ApplicationName
    var side: Side
    var namespace: String
    var component: String
    var version: String
    var window: Span?

    /// A URL with its places filled in, each percent-encoded.
    func url(_ template: String) -> String {
        GateTemplate(template).filled { place in
            place == .window ? nil : self[place].flatMap { $0.addingPercentEncoding(withAllowedCharacters: Self.plain) }
        }
    }

    /// A PromQL expression with its places filled in. Quotes and backslashes of a value are written as PromQL's hexadecimal
    /// escapes, which mean the same between either kind of quotes.
    func query(_ template: String) -> String {
        GateTemplate(template).filled { place in
            self[place].map { value in
                value.unicodeScalars.reduce(into: "") { text, scalar in
                    switch scalar {
                    case "\"", "'", "\\", "`": text += String(format: "\\x%02x", scalar.value)
                    default: text.unicodeScalars.append(scalar)
                    }
                }
            }
        }
    }

    private subscript(place: GateTemplate.Place) -> String? {
        switch place {
        case .application: application
        case .side: side.rawValue
        case .namespace: namespace
        case .component: component
        case .version: version
        case .window: window.map { "\(max(1, $0.milliseconds / 1000))s" }
        }
    }

    private static let plain = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
}

extension GateRun {
    /// The candidate's places; `component` where the gate names one.
    func candidatePlaces(component: String? = nil, window: Span? = nil) -> GatePlaces {
        GatePlaces(
            application: application, side: candidate, namespace: namespace, component: component ?? service ?? "",
            version: version, window: window)
    }

    /// The places of the side that it is compared with.
    func stablePlaces(window: Span? = nil) -> GatePlaces? {
        stable.map {
            GatePlaces(
                application: application, side: $0.side, namespace: $0.namespace, component: service ?? "",
                version: $0.version, window: window)
        }
    }
}
