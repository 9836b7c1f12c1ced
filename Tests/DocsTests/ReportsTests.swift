import Foundation
import Testing

/// The page of what users of other tools reported.
@Suite struct ReportsTests {
    @Test func `what is said to be held by a test is held by one that is there`() throws {
        let declared = try Project.files(under: "Tests", suffix: ".swift").reduce(into: Set<String>()) { names, path in
            for match in try Project.read(path).matches(of: /func (?:`([^`]+)`|([A-Za-z]+))\(/) {
                names.insert(String(match.1 ?? match.2 ?? ""))
            }
        }
        let rows = try Page("docs/reports.md").rows.filter { $0.first?.contains("#") == true || $0[0].contains("GHSA") }
        #expect(rows.count >= 19)
        for row in rows {
            let held = try #require(row.last)
            let names = held.matches(of: /`([^`]+)`/).map { String($0.1) }
            #expect(!names.isEmpty || held.hasPrefix("not yet"), "\(row[0])")
            for name in names { #expect(declared.contains(name), "\(row[0]): \(name)") }
        }
    }
}
