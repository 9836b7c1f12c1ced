package import Signal

/// What is registered by a file of its own, `<name>.json`.
package protocol Registered: Hashable, Sendable {
    /// What the file has to be called by.
    var registeredName: String { get }
    /// Largest file that is read, in bytes.
    static var limit: Int { get }

    init(json bytes: [UInt8]) throws(WireError)
}

extension Registration: Registered {
    package var registeredName: String { instance }
}

extension RoutedService: Registered {
    package var registeredName: String { application }
}

/// A folder in which things of the machine are registered, looked at again and again.
///
/// What has not changed is not read again: a look at a folder at rest is one `stat`.
package struct RegistrationFolder<Item: Registered>: Sendable {
    /// A registration's file, as it was read.
    private struct Entry {
        /// nil where it has to be read again.
        var mark: LocalFile.Mark?
        /// The last good one: a file that cannot be read says nothing about what it registered.
        var registration: Item?
        /// What is wrong with it.
        var finding: String?
    }

    /// What a look found.
    package struct Look: Hashable, Sendable {
        /// All that are registered, by name.
        package var registrations: [String: Item]
        /// What is newly wrong, a sentence each.
        package var findings: [String]
        /// Whether nothing was kept from being read by the machine, so that what is not there is not registered.
        package var isComplete: Bool
    }

    private let path: String
    private let now: @Sendable () -> Int
    private var entries: [String: Entry] = [:]
    private var seen: LocalFile.Mark?
    private var isSettled = false
    private var said: Set<String> = []
    /// Whether something could not be read at the last look: it is tried again, though nothing changes.
    private var isUnread = false
    private var isComplete = true

    /// Most registrations of a machine; more are a finding.
    package static var limit: Int { 10_000 }

    /// Nothing is read yet.
    package init(_ path: String, now: @escaping @Sendable () -> Int = AgentTime.system.now) {
        self.path = path
        self.now = now
    }

    /// Looks; nil where nothing can have changed since the last look.
    package mutating func look() -> Look? {
        let mark = LocalFile.mark(of: path)
        if mark == seen, isSettled, !isUnread { return nil }
        seen = mark
        // File systems tick: a change right after this look may leave the folder the same time of modification.
        isSettled = mark.map { abs(now() - Int($0.modified / 1_000_000_000)) > 1 } ?? true
        var problem: String?
        (isUnread, isComplete) = (false, true)
        do throws(LocalFile.Problem) {
            var names = try LocalFile.names(in: path).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            if names.count > Self.limit {
                problem = "\(path): more than \(Self.limit) are registered; the last by name are left out"
                names.removeSubrange(Self.limit...)
            }
            let present = Set(names)
            entries = entries.filter { present.contains($0.key) }
            for name in names { read(name) }
        } catch {
            problem = "\(error); those known so far stay"
            (isUnread, isComplete) = (true, !error.isMachines && isComplete)
        }
        let findings = Set(entries.values.compactMap(\.finding) + [problem].compactMap { $0 })
        defer { said = findings }
        let registrations = entries.values.compactMap(\.registration).map { ($0.registeredName, $0) }
        return Look(
            registrations: Dictionary(uniqueKeysWithValues: registrations),
            findings: findings.subtracting(said).sorted(), isComplete: isComplete)
    }

    private mutating func read(_ name: String) {
        let file = "\(path)/\(name)"
        guard let mark = LocalFile.mark(of: file) else {
            entries[name] = nil
            return
        }
        guard entries[name]?.mark != mark || !isSettled else { return }
        var entry = Entry(mark: mark, registration: entries[name]?.registration)
        do {
            guard let bytes = try LocalFile.read(file, limit: Item.limit) else {
                entries[name] = nil
                return
            }
            let read = try Item(json: bytes)
            if name == read.registeredName + ".json" {
                entry.registration = read
            } else {
                entry.finding = "\(file): it registers \(read.registeredName); the file has to be called by it"
            }
        } catch let problem as LocalFile.Problem {
            entry.finding = "\(file): \(problem)"
            if problem.isMachines { (isUnread, isComplete, entry.mark) = (true, false, nil) }
        } catch {
            entry.finding = "\(file): \(error)"
        }
        entries[name] = entry
    }
}
