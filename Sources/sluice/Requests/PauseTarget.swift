import ArgumentParser

/// What is paused, or goes on: one rollout or everything.
struct PauseTarget: ParsableArguments {
    @Argument(help: "The application whose rollout it is.")
    var name: String?

    @Flag(help: "The whole environment.")
    var all = false

    func validate() throws {
        guard (name == nil) == all else { throw ValidationError("give either NAME or --all") }
    }
}
