import Agent
import ArgumentParser
import Logging

/// Where an agent learns what its instances are told.
struct ElevationSourceOptions: ParsableArguments {
    @Option(name: .long, help: "A file that says what the machine's instances are told; nothing is reported.")
    var elevations: String?

    func validate() throws {
        guard elevations != nil else {
            throw ValidationError("say where the agent learns what its instances are told: --elevations FILE")
        }
    }

    /// The source that was asked for; `state` is the agent's own folder.
    func source(machine: String, state: String, logger: Logger) throws -> any ElevationSource {
        guard let elevations else { throw ValidationError("there is no source") }
        return FileSource(path: elevations)
    }
}
