import Core
import Foundation
import Glibc
import Reconciler

/// A log of what happened, and below it, on a terminal, the fleet as it is now.
struct DemoScreen {
    private let isLive: Bool
    private var drawn = 0

    init(isLive: Bool) {
        self.isLive = isLive
    }

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    /// A line that stays.
    mutating func say(_ line: String) {
        clear()
        write(isLive ? "\(line)\u{1b}[0m\n" : "\(Self.plain(line))\n")
    }

    /// A heading that stays.
    mutating func title(_ line: String) {
        say("")
        say("\u{1b}[1m\(line)")
    }

    /// Redraws the fleet; nothing where there is no terminal.
    mutating func draw(_ snapshot: Snapshot) {
        guard isLive else { return }
        let width = snapshot.statuses.map(\.application.count).max() ?? 0
        let lines =
            [""] + snapshot.statuses.map { Self.line($0, snapshot.observations[$0.application], snapshot.at, width) }
        let back = drawn > 0 ? "\u{1b}[\(drawn)A" : ""
        write(back + lines.map { "\u{1b}[2K\($0)\u{1b}[0m\n" }.joined())
        if drawn > lines.count { write("\u{1b}[0J") }
        drawn = lines.count
    }

    /// Takes the fleet off the screen.
    mutating func clear() {
        guard drawn > 0 else { return }
        write("\u{1b}[\(drawn)A\u{1b}[0J")
        drawn = 0
    }

    private static func plain(_ line: String) -> String {
        var text = ""
        var isCode = false
        for character in line {
            if character == "\u{1b}" { isCode = true }
            if !isCode { text.append(character) }
            if isCode, character.isLetter { isCode = false }
        }
        return text
    }

    /// `search    ██████████████████░░  flip 4.2.0 90%  flop 4.3.0 10%  stage 2/4 early · holds for 4m12s`
    private static func line(_ status: Status, _ seen: Observation?, _ now: Core.Instant, _ width: Int) -> String {
        let name = status.application.padding(toLength: width, withPad: " ", startingAt: 0)
        guard let route = seen?.route?.route else {
            return "  \(name)  \u{1b}[2m\(String(repeating: "░", count: 25))  \(describe(status, now))"
        }
        let flip = min(25, (route.weights.flip * 25 + (route.weights.flip > 50 ? 0 : 99)) / 100)
        let bar =
            "\u{1b}[36m\(String(repeating: "█", count: flip))\u{1b}[35m\(String(repeating: "█", count: 25 - flip))\u{1b}[0m"
        let sides = Side.allCases.map { side in
            let colour = side == .flip ? "36" : "35"
            guard let version = seen?.sides[side]?.version else {
                return "\u{1b}[2m\(side.rawValue) —         \u{1b}[0m"
            }
            let weight = "\(route.weights[side])%"
            let text = "\(side.rawValue) \(version) \(weight)".padding(toLength: 15, withPad: " ", startingAt: 0)
            return "\u{1b}[\(route.weights[side] > 0 ? colour : "2")m\(text)\u{1b}[0m"
        }
        return "  \(name)  \(bar)  \(sides.joined(separator: " "))  \(describe(status, now))"
    }

    private static func describe(_ status: Status, _ now: Core.Instant) -> String {
        if let rollback = status.rollback { return "\u{1b}[33mgoing back: \(rollback.message.prefix(40))" }
        if let stage = status.stage, let candidate = status.candidate {
            let place = "stage \(stage.index + 1)/\(candidate.strategy.stages.count) \(stage.name)"
            if let until = stage.holdUntil, until > now {
                return "\u{1b}[33m\(place) · holds for \(WallClock.text(until - now))"
            }
            return "\u{1b}[33m\(place) · \((status.waiting?.message ?? "moving").prefix(40))"
        }
        let colour = status.phase == .healthy ? "32" : "33"
        return "\u{1b}[\(colour)m\(status.phase.rawValue)"
    }
}
