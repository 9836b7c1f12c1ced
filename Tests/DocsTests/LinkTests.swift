import Foundation
import Testing

@Suite struct LinkTests {
    @Test(arguments: Page.paths)
    func `links lead somewhere`(path: String) throws {
        let folder = path.contains("/") ? path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex) + "/" : ""
        let page = try Page(path)
        for link in page.links where !link.target.contains("://") {
            let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let file = parts[0].isEmpty ? path : Self.normal(folder + String(parts[0]))
            #expect(Project.exists(file), "\(path):\(link.line): \(link.target)")
            guard parts.count > 1, file.hasSuffix(".md"), Project.exists(file) else { continue }
            let anchors = try Page(file).anchors
            #expect(anchors.contains("#" + parts[1]), "\(path):\(link.line): \(link.target)")
        }
    }

    @Test func `every page can be found from the README`() throws {
        let linked = Set(try Page("README.md").links.map(\.target))
        for path in Page.paths.dropFirst() {
            #expect(linked.contains(path), "\(path) is not linked from the README")
        }
    }

    /// Without `..`.
    private static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { parts.removeLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
