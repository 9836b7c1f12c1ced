import Basics
import Foundation
import Testing

/// Whatever somebody wrote into a name, a subject, a reason or a status: what is told is lines of ours, in signs that
/// are seen.
@Suite struct PlainOutputTests {
    /// Sets a title, colours, clears, turns the order of writing, hides, and begins lines of its own.
    static let poison =
        "\u{1b}]0;own\u{7}\u{1b}[31m\u{9b}2J\u{7f}\u{8}\u{202e}\u{2066}\u{200f}\u{61c}\u{200b}\u{feff}\u{85}FORGED "
        + "\u{2028}FORGED \u{2029}FORGED \r\nFORGED \nFORGED"

    /// The same without what YAML takes for the end of a line or refuses, between double quotes.
    static let quoted = poison.unicodeScalars.map { scalar in
        let digits = String(scalar.value, radix: 16)
        return PlainText.isSeen(scalar)
            ? String(scalar) : "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()

    static func expectPlain(
        _ result: (code: Int32, output: String, complaint: String), _ what: String,
        location: SourceLocation = #_sourceLocation
    ) {
        for text in [result.output, result.complaint] {
            let bad = text.unicodeScalars.filter { $0 != "\n" && !PlainText.isSeen($0) }.map { PlainText.name(of: $0) }
            #expect(bad.isEmpty, "\(what): \(bad)", sourceLocation: location)
            let forged = text.split(separator: "\n").filter {
                $0.drop { $0 == " " }.hasPrefix("FORGED")
            }
            #expect(forged.isEmpty, "\(what): \(forged)", sourceLocation: location)
        }
    }

    @Test func `file names, subjects and authors reach neither terminal nor log as they are`() throws {
        let scratch = try VerbScratch.quickFleet()
        let name = Self.poison.replacing("/", with: "")
        for start in ["x", "y\u{202e}"] {
            try scratch.edit(start + name + ".yaml") { _ in "apiVersion: sluice.dev/v1\nkind: Nope\n" }
        }
        try scratch.edit("\u{9b}31m.yaml") { _ in "apiVersion: sluice.dev/v1\nkind: Nope\n" }
        try scratch.edit("more.yaml") { _ in
            "apiVersion: sluice.dev/v1\nkind: \"No\(Self.quoted)pe\"\nmetadata: {name: \"\(Self.quoted)\"}\n"
        }
        try scratch.commit("Subject \(Self.poison)", by: "Eve\u{1b}[31m\u{202e}\u{9b}2J")
        try scratch.git("push", "-q", "origin", "main")
        Self.expectPlain(try scratch.reconcile(), "run")
        for arguments in [
            ["validate", "fleet"], ["validate", "fleet", "--output", "json"],
            ["validate", "fleet", "--revision", "HEAD"],
            ["plan", "fleet", "--from", "HEAD~1", "--to", "HEAD"], ["plan", "fleet", "--from", "HEAD\(Self.poison)"],
            ["history", "--repository", "fleet.git"], ["history", "--repository", "fleet.git", "--output", "json"],
            ["status", "--repository", "fleet.git"], ["status", "--repository", "fleet.git", "x\(Self.poison)"],
            ["status", "--repository", "fleet.git", "--environment", "e\(Self.poison)"],
            ["status", "--repository", "no\(Self.poison)"], ["status", "--no\(Self.poison)"],
            ["run", "--once", "--repository", "fleet.git", "--branch", "b\(Self.poison)", "--state-directory", "s2"],
            ["abort", "--repository", "fleet.git", "shop", "--reason", Self.poison],
        ] {
            Self.expectPlain(try scratch.sluice(arguments), arguments.joined(separator: " "))
        }
    }

    @Test func `reasons, requests and a status that was edited by hand are told in plain signs`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        Self.expectPlain(
            try scratch.sluice("pause", "--repository", "fleet.git", "--all", "--reason", Self.poison), "pause")
        try scratch.git("fetch", "-q", "origin", "sluice/requests/default")
        try scratch.git("checkout", "-q", "-B", "requests", "FETCH_HEAD")
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/fleet/requests/sh\(Self.poison)", withIntermediateDirectories: true)
        for path in ["requests/sh\(Self.poison)/a\(Self.poison).yaml", "requests/a\u{1b}[31m.yaml"] {
            try scratch.edit(path) { _ in "verb: \"ab\(Self.quoted)ort\"\n\"rea\(Self.quoted)son\": x\n" }
        }
        try scratch.commit("Ask \(Self.poison)", by: "Eve\u{1b}[31m\u{202e}")
        try scratch.git("push", "-q", "origin", "requests:sluice/requests/default")
        try scratch.git("checkout", "-q", "main")
        try scratch.release("1.1.0")
        Self.expectPlain(try scratch.reconcile(), "run with requests")

        try scratch.git("fetch", "-q", "origin", "sluice/status/default")
        try scratch.git("checkout", "-q", "-B", "status", "FETCH_HEAD")
        let file = try scratch.git("ls-files", "applications").split(separator: "\n").map(String.init)
        try scratch.edit(try #require(file.first)) { text in
            text.replacing(/(message|reason): .*/) { "\($0.1): \"\(Self.quoted)\"" }
                .replacing(/version: "1.0.0"/, with: "version: \"1.0.0\(Self.quoted)\"")
                .replacing(/(observedRevision|namespace): .*/) { "\($0.1): \"\(Self.quoted)\"" }
        }
        let folder = "applications/\(file[0].split(separator: "/")[1])"
        try scratch.edit("\(folder)/br\(Self.poison)oken.yaml") { _ in "phase: \"\(Self.quoted)\"\n" }
        try scratch.commit("Edit")
        try scratch.git("push", "-q", "origin", "status:sluice/status/default")
        try scratch.git("checkout", "-q", "main")
        for arguments in [
            ["status", "--repository", "fleet.git"], ["status", "--repository", "fleet.git", "shop"],
            ["status", "--repository", "fleet.git", "--output", "json"], ["history", "--repository", "fleet.git"],
            ["plan", "fleet", "--from", "HEAD~1", "--to", "HEAD"],
        ] {
            Self.expectPlain(try scratch.sluice(arguments), arguments.joined(separator: " "))
        }
        Self.expectPlain(try scratch.reconcile(), "run with a status that was edited")
        let told = try scratch.run("/usr/bin/git", ["-C", "fleet.git", "log", "--format=%B", "sluice/status/default"])
        Self.expectPlain((0, told.output.replacing(Self.poison, with: ""), ""), "what the status branch tells")
    }
}
