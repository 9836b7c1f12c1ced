import ArgumentParser
import Foundation
import StudyKit

/// What releases cost their users under five ways of releasing.
struct SafetyStudy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Compare ways of releasing on generated releases, good and bad.")

    @Option(help: "Releases; every other one is good.")
    var releases = 400

    @Option(help: "The seed.")
    var seed: UInt64 = 1

    @Option(help: "text (Markdown tables) or json.")
    var output = OutputFormat.text

    func run() throws {
        guard releases > 0 else { throw ValidationError("there has to be a release") }
        let study = Study(releases: releases, seed: seed)
        switch output {
        case .text: print(study.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(study.rows), as: UTF8.self))
        }
    }
}
