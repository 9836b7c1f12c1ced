import Core
import Foundation
import Gates
import HTTPTypes
import Hummingbird
import NIOCore
import Reconciler
import Serving
import Simulator

/// Answers requests as the simulated services do: `/services/<application>/<side>/<component>/<path>`, where
/// an application of an environment is `<environment>%2F<application>`.
///
/// Whether a request fails and how long it takes is drawn from what the version is, and what it carries at this moment.
/// The time is the wall clock's, whatever the simulator's scale: who asks measures by that.
struct SimulatedService: Sendable {
    /// Longest time that an answer is held back.
    private static let slowest = 60_000.0

    let platform: SimulatedPlatform

    func add(to router: Hummingbird.Router<ConnectionContext>) {
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        for method in methods {
            for path in ["services/:name/:side/:component", "services/:name/:side/:component/**"] {
                router.on(RouterPath(path), method: method) { request, context in
                    try await answer(request, context.parameters)
                }
            }
        }
    }

    private func answer(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let (name, component) = (try parameters.decoded("name"), try parameters.decoded("component"))
        guard let side = Side(rawValue: try parameters.require("side")),
            let state = await platform.service(component, of: name, on: side)
        else {
            return response(.notFound, ["error": "there is no such service"], version: nil)
        }
        guard state.ready > 0 else {
            return response(.serviceUnavailable, ["error": "no replica is ready"], version: state.version)
        }
        // Exponential, as the latency that the simulator reports is.
        let drawn = -log(Double.random(in: Double.leastNonzeroMagnitude...1)) * state.meanMilliseconds
        try await Task.sleep(for: .microseconds(Int64(min(drawn, Self.slowest) * 1000)))
        if Double.random(in: 0..<1) < state.failing {
            return response(.internalServerError, ["error": "this version fails"], version: state.version)
        }
        let words = [
            "application": name, "side": side.rawValue, "component": component, "version": state.version,
            "path": parameters.getCatchAll().joined(separator: "/"), "method": request.method.rawValue,
        ]
        return response(.ok, words, version: state.version)
    }

    private func response(_ status: HTTPResponse.Status, _ words: [String: String], version: String?) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(words) else { return Response(status: .internalServerError) }
        var headers: HTTPFields = [.contentType: "application/json"]
        if let version, let name = HTTPField.Name(SmokeTestEvaluator.versionHeader) { headers[name] = version }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}
