import ArgumentParser
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One side of the search application.
struct BackendVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backend", abstract: "Answers searches for one side, in one version.")

    @Option(help: "flip or flop.")
    var side: String

    @Option(help: "The version that it says it is.")
    var version: String

    func run() async throws {
        let (side, version) = (side, version)
        let router = Router()
        router.get("search") { request, _ in
            let user = request.uri.queryParameters.get("user") ?? ""
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(
                        string: "{\"side\": \"\(side)\", \"version\": \"\(version)\", \"length\": \(user.utf8.count)}\n"
                    )
                ))
        }
        try await serve(router, as: "\(side) \(version)")
    }
}

/// Serves on a free port of loopback, and says which in the first line of output.
func serve(_ router: Router<BasicRequestContext>, as name: String) async throws {
    var logger = Logger(label: name)
    logger.logLevel = .warning
    let application = Application(
        router: router,
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            print("listening http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
            fflush(nil)
        }, logger: logger)
    try await application.runService()
}
