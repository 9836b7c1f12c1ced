import Core
import Foundation
import Glibc
import Reconciler

/// A log of what happened, and below it, on a terminal, the fleet as it is now.
struct DemoScreen {
    private let isLive: Bool
    /// What stands below the log.
    private var block: [String] = []

    init(isLive: Bool) {
        self.isLive = isLive
    }

    /// A line that stays. On a terminal what stands below it moves down within one write, so that nothing flickers.
    mutating func say(_ line: String) {
        guard isLive else { return Terminal.print(Self.plain(line)) }
        Terminal.write(up + "\u{1b}[2K\(line)\u{1b}[0m\n" + drawn, to: 1)
    }

    /// A heading that stays.
    mutating func title(_ line: String) {
        say("")
        say("\u{1b}[1m\(line)")
    }

    /// Redraws the fleet; nothing where there is no terminal.
    mutating func draw(_ snapshot: Snapshot) {
        guard isLive else { return }
        let size = Terminal.size ?? (80, 24)
        let width = snapshot.statuses.map(\.application.count).max() ?? 0
        let isNarrow = size.columns < 110
        let rows = snapshot.statuses.map {
            Self.line($0, snapshot.observations[$0.application], snapshot.at, width, isNarrow)
        }
        let former = up
        // What is cut does not wrap, and what does not fit could not be drawn over.
        block = ([""] + rows).prefix(max(1, size.rows - 2)).map { Terminal.clip($0, size.columns) }
        Terminal.write(former + drawn, to: 1)
    }

    /// Takes the fleet off the screen.
    mutating func clear() {
        guard isLive, !block.isEmpty else { return }
        Terminal.write(up + "\u{1b}[0J", to: 1)
        block = []
    }

    /// To the first line of what stands below the log.
    private var up: String { block.isEmpty ? "" : "\u{1b}[\(block.count)A" }

    private var drawn: String { block.map { "\u{1b}[2K\($0)\u{1b}[0m\n" }.joined() + "\u{1b}[0J" }

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

    /// `search    ██████████████████░░  flip 4.2.0 90%  flop 4.3.0 10%  stage 2/4 early · holds 4m12s`; a narrow one
    /// has a shorter bar, and tells the sides by colour alone.
    private static func line(
        _ status: Status, _ seen: Observation?, _ now: Core.Instant, _ width: Int, _ isNarrow: Bool
    ) -> String {
        let name = status.application.padding(toLength: width, withPad: " ", startingAt: 0)
        let length = isNarrow ? 10 : 25
        let state = describe(status, now, isNarrow)
        guard let route = seen?.route?.route else {
            return "  \(name)  \u{1b}[2m\(String(repeating: "░", count: length))  \(state)"
        }
        // The smaller share shows, however small it is.
        let flip = min(length, (route.weights.flip * length + (route.weights.flip > 50 ? 0 : 99)) / 100)
        let bar =
            "\u{1b}[36m\(String(repeating: "█", count: flip))\u{1b}[35m\(String(repeating: "█", count: length - flip))\u{1b}[0m"
        let sides = Side.allCases.map { side in
            let colour = route.weights[side] > 0 ? (side == .flip ? "36" : "35") : "2"
            let place = isNarrow ? "" : side.rawValue + " "
            let version = seen?.sides[side]?.version
            let text = place + (version.map { "\($0) \(route.weights[side])%" } ?? "—")
            return
                "\u{1b}[\(colour)m\(text.padding(toLength: isNarrow ? 11 : 16, withPad: " ", startingAt: 0))\u{1b}[0m"
        }
        return "  \(name)  \(bar)  \(sides.joined(separator: " "))  \(state)"
    }

    private static func describe(_ status: Status, _ now: Core.Instant, _ isNarrow: Bool) -> String {
        if let rollback = status.rollback { return "\u{1b}[33mgoing back: \(rollback.message)" }
        if let stage = status.stage, let candidate = status.candidate {
            let place = "\(isNarrow ? "" : "stage ")\(stage.index + 1)/\(candidate.strategy.stages.count) \(stage.name)"
            if let until = stage.holdUntil, until > now {
                return "\u{1b}[33m\(place) · holds \(WallClock.text(until - now))"
            }
            return "\u{1b}[33m\(place) · \(status.waiting?.message ?? "moving")"
        }
        let colour = status.phase == .healthy ? "32" : "33"
        return "\u{1b}[\(colour)m\(status.phase.rawValue)"
    }
}
