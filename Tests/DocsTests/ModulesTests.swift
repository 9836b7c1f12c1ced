import Testing

/// `docs/modules.md` is the rule and not a description of it: its table says which rooms there are and what each may
/// import.
@Suite struct ModulesTests {
    struct Room {
        var name: String
        var mayImport: Set<String>
    }

    static func rooms() throws -> [Room] {
        try Page("docs/modules.md").rows.compactMap { cells in
            guard cells.count == 3, let name = names(cells[0]).first else { return nil }
            return Room(name: name, mayImport: Set(names(cells[2])))
        }
    }

    /// What stands between backticks.
    static func names(_ text: String) -> [String] {
        text.matches(of: /`([^`]+)`/).map { String($0.1) }
    }

    /// The modules that a source imports, with the line of each.
    static func imports(_ text: String) -> [(module: String, line: Int)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let pattern =
                /\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |fileprivate |private )?import (?:struct |class |enum |protocol |func |var |let |typealias |actor )?(\w+).*/
            guard line.contains("import "), let match = line.wholeMatch(of: pattern) else { return nil }
            return (String(match.1), index + 1)
        }
    }

    @Test func `the page names every room and nothing else`() throws {
        #expect(try Self.rooms().map(\.name).sorted() == Project.folders(in: "Sources"))
    }

    @Test func `rooms import what the page allows`() throws {
        for room in try Self.rooms() {
            for path in try Project.files(under: "Sources/\(room.name)", suffix: ".swift") {
                for (module, line) in Self.imports(try Project.read(path)) {
                    #expect(room.mayImport.contains(module), "\(path):\(line): \(room.name) may not import \(module)")
                }
            }
        }
    }

    @Test func `the core imports nothing`() throws {
        #expect(try Self.rooms().first { $0.name == "Core" }?.mayImport == [])
    }

    @Test func `imports are found however they are written`() {
        let text = """
            import One
            package import Two
            @preconcurrency public import Three
            import struct Four.Type
              import Five
            // import Six
            let text = "import Seven"
            @_exported import Eight  // why
            """
        #expect(Self.imports(text).map(\.module) == ["One", "Two", "Three", "Four", "Five", "Eight"])
    }
}
