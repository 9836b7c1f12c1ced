import ArgumentParser
import Core

/// Takes a pause back.
struct ResumeVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Takes a pause back.",
        discussion: """
            Removes the request that sluice pause made, whoever made it. What is suspended in its manifest stays so.

            Exit codes: 0 it is taken back; 1 there is no such pause; 2 the repository cannot be read or written.
            """)

    @OptionGroup var target: PauseTarget
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            guard let name = target.name else {
                try await desk.takeBack("the fleet") { standing in
                    let pauses = standing.filter { $0.verb == .pause && $0.application == nil }
                    if pauses.isEmpty { throw Refusal("the fleet is not paused") }
                    return pauses
                }
                return
            }
            let status = try await desk.status(of: name)
            try await desk.takeBack(name) { standing in
                let pauses = standing.filter { $0.verb == .pause && $0.application == name }
                if pauses.isEmpty { throw Self.refusal(status, standing, all: desk.command("resume", "--all")) }
                return pauses
            }
        }
    }

    private static func refusal(_ status: Status, _ standing: [Request], all: String) -> Refusal {
        let name = status.application
        if let pause = standing.first(where: { $0.verb == .pause && $0.application == nil }) {
            return Refusal(
                "\(name) itself is not paused: the fleet is, by \(Terminal.clean(pause.origin))",
                advice: all)
        }
        switch status.waiting?.reason {
        case .suspended:
            return Refusal("\(name) is not paused but suspended", advice: "take suspend out of its manifest, and push")
        case .until:
            return Refusal(
                "\(name) is not paused, it is at its until", advice: "raise rollout.until in its manifest, and push")
        default: return Refusal("\(name) is not paused")
        }
    }
}
