import Core
import Foundation

extension Study {
    /// Tables in Markdown.
    package var table: String {
        let columns =
            "| releases | turned back | by the operator | requests failed | of all at once | met by | decided after "
            + "| recovered after | peak capacity (median, most) | mean capacity |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        let summary = Policy.allCases.map { line($0.rawValue, row($0, nil)) }
        let good = Policy.allCases.map { line($0.rawValue, row($0, .good)) }
        let kinds = StudiedRelease.Kind.allCases.dropFirst().map { line($0.rawValue, row(.sluice, $0)) }
        return
            "All bad releases:\n\n| policy \(columns)\n\(summary.joined(separator: "\n"))\n\n"
            + "Good releases:\n\n| policy \(columns)\n\(good.joined(separator: "\n"))\n\n"
            + "Sluice's default, by what was wrong:\n\n| release \(columns)\n\(kinds.joined(separator: "\n"))"
    }

    private func line(_ name: String, _ row: StudyRow) -> String {
        func time(_ seconds: Double?) -> String { seconds.map { "\(Span.seconds(Int64($0.rounded())))" } ?? "-" }
        let cells = [
            name, "\(row.releases)", "\(row.turnedBack)", "\(row.byOperator)", String(format: "%.0f", row.failed),
            row.failedRatio > 0 ? String(format: "%.4f", row.failedRatio) : "-",
            String(format: "%.1f%%", 100 * row.exposure), time(row.decideSeconds), time(row.recoverSeconds),
            String(format: "%.0f%%, %.0f%%", row.usualPeak, row.peakCapacity),
            String(format: "%.0f%%", row.meanCapacity),
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }
}
