import ArgumentParser
import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceClient

/// The web application: the only client of search, and so the place where its traffic is split.
struct WebVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web", abstract: "Sends each search to the side that the traffic file says.")

    @Option(help: "The traffic file, as sluice traffic keeps it.")
    var traffic: String

    @Option(help: "The address of flip's backend.")
    var flip: String

    @Option(help: "The address of flop's backend.")
    var flop: String

    func run() async throws {
        let reader = TrafficReader(path: traffic)
        let tally = Tally()
        let backends = PerSide(flip: flip, flop: flop)
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        let router = Router()
        router.get("search") { request, _ in
            guard let user = request.uri.queryParameters.get("user") else { throw HTTPError(.badRequest) }
            // The whole of what a web application does for it: one question for each request.
            let side = reader.side(for: user)
            do {
                let forward = HTTPClientRequest(url: "\(backends[side])/search?\(request.uri.query ?? "")")
                let answer = try await http.execute(forward, timeout: .seconds(5))
                let body = try await answer.body.collect(upTo: 65_536)
                guard answer.status == .ok else { throw HTTPError(.badGateway) }
                tally.count(user, on: side)
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: body))
            } catch {
                tally.countFailure()
                throw HTTPError(.badGateway)
            }
        }
        router.get("stats") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(tally.counts))))
        }
        router.get("state") { _, _ in "\(reader.state)\n" }
        try await serve(router, as: "web")
        try await http.shutdown()
    }
}
