import Foundation

/// A page of the documentation, taken apart into what can be checked.
struct Page {
    struct Block {
        var language: String
        /// Of the opening fence, from 1.
        var line: Int
        var lines: [String]
        /// From a comment `<!-- not run: reason -->` just before the block.
        var notRun: String?

        /// The commands that it shows: every line of `sh`, the lines after `$ ` of `console`.
        ///
        /// A line of `console` that ends with a backslash goes on in the next one.
        var commands: [String] {
            guard language == "console" else { return language == "sh" ? lines : [] }
            var commands: [String] = []
            var goesOn = false
            for line in lines {
                if goesOn {
                    commands[commands.count - 1] += "\n" + line
                } else if line.hasPrefix("$ ") {
                    commands.append(String(line.dropFirst(2)))
                } else {
                    continue
                }
                goesOn = line.hasSuffix("\\")
            }
            return commands
        }
    }

    struct Link {
        var target: String
        var line: Int
    }

    /// Relative to the root.
    let path: String
    private(set) var blocks: [Block] = []
    private(set) var links: [Link] = []
    /// Rows of all tables, as cells.
    private(set) var rows: [[String]] = []
    /// As a link names them: `#the-status-branch`.
    private(set) var anchors: Set<String> = []

    init(_ path: String) throws {
        self.init(path, text: try Project.read(path))
    }

    init(_ path: String, text: String) {
        self.path = path
        var open: Block?
        var notRun: String?
        for (index, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(text)
            if var block = open {
                if line.hasPrefix("```") {
                    blocks.append(block)
                    open = nil
                } else {
                    block.lines.append(line)
                    open = block
                }
                continue
            }
            if line.hasPrefix("```") {
                open = Block(language: String(line.dropFirst(3)), line: index + 1, lines: [], notRun: notRun)
                notRun = nil
            } else if let match = line.wholeMatch(of: /<!-- not run: (.+) -->/) {
                notRun = String(match.1)
            } else {
                if !line.isEmpty { notRun = nil }
                readProse(line, index + 1)
            }
        }
    }

    private mutating func readProse(_ line: String, _ number: Int) {
        for match in line.matches(of: /\]\(([^)\s]+)\)/) {
            links.append(Link(target: String(match.1), line: number))
        }
        if let match = line.wholeMatch(of: /#+ (.+)/) {
            let kept = match.1.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            anchors.insert("#" + kept.replacing(" ", with: "-"))
        }
        if line.hasPrefix("|"), line.hasSuffix("|") {
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
            rows.append(cells.map { $0.trimmingCharacters(in: .whitespaces) })
        }
    }

    /// All pages: the README and what stands in `docs/`.
    static let paths: [String] = {
        let docs = (try? Project.files(under: "docs", suffix: ".md")) ?? []
        return ["README.md"] + docs
    }()
}
