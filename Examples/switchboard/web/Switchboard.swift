import ArgumentParser

/// A search site in one executable: the web application, the backends behind it, and who watches both.
@main
struct Switchboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchboard",
        abstract: "A web application that sends each request to flip or flop, as its traffic file says.",
        subcommands: [WebVerb.self, BackendVerb.self, WatchVerb.self])
}
