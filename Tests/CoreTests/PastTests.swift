import Core
import Testing

/// What a head means by what is recorded of the heads before it.
@Suite struct PastTests {
    /// `2` is active, `2-` is dark, the number is the version.
    static func application(_ text: Substring) -> Application {
        let run = Run.simulated(SimulatedRun())
        let release = Release(
            version: String(text.prefix { $0 != "-" }),
            components: [Component(name: "api", kind: .service, run: run)])
        return Application(
            name: "a", release: release, activation: text.hasSuffix("-") ? .inactive : .active, replicas: ["api": 2])
    }

    static func head(_ text: Substring, at revision: Revision, _ trail: Trail = Trail()) -> Declaration {
        var declaration = Declaration(
            application: application(text), strategy: .standard, revision: revision, introduced: revision)
        declaration.trail = trail
        return declaration
    }

    /// Heads in their order, each named by its position from 1.
    static func follow(_ heads: String, status: Status = Status(application: "a", observedRevision: "0")) -> (
        Declaration?, Past?
    ) {
        var (declaration, past): (Declaration?, Past?) = (nil, nil)
        for (index, text) in heads.split(separator: " ").enumerated() {
            (declaration, past) = head(text, at: "\(index + 1)").continued(from: past, status: status)
        }
        return (declaration, past)
    }

    @Test(
        arguments: [
            ("1", "1", "1"), ("1 1 1", "1", "1"), ("1 2", "2", "2"), ("1 2 1", "3", "1"), ("1 2 2- 2", "2", "2"),
            ("1 2-", "2", "1"), ("1 2- 2- 2-", "2", "1"), ("1 2 3-", "3", "2"), ("1 2 2-", "2", "1"),
            ("1 2 3- 2-", "4", "1"), ("1 2 3- 1-", "4", "2"), ("1 2 1 3-", "4", "1"), ("1-", "1", nil),
            ("1 1-", "1", nil),
            ("1- 2-", "2", nil), ("1 2- 3- 2-", "4", "1"), ("1 2 3 3- 2-", "5", "1"), ("1 2 2- 3-", "4", "1"),
            ("1 2 1 1-", "3", nil), ("1 2 1 3- 1-", "5", nil),
            ("1 2 2- 2 3-", "5", "2"), ("1 2 3 3- 3 2 4-", "7", "2"),
        ] as [(String, Revision, String?)])
    func `an attempt begins where another release was declared last, and the newest other that was active serves`(
        heads: String, introduced: Revision, serving: String?
    ) {
        let (declaration, past) = Self.follow(heads)
        #expect(declaration?.introduced == introduced)
        #expect(past?.introduced == introduced)
        #expect(declaration?.serving?.release.version == serving)
        #expect(past?.actives.count ?? 0 <= 3)
        #expect(declaration?.trail == nil)
        // A reader of the whole line comes to the same.
        let versions = heads.split(separator: " ").enumerated().map {
            DeclaredVersion(revision: "\($0 + 1)", application: Self.application($1))
        }
        guard let last = versions.last, let application = last.application else { return }
        let read = Declaration(
            application: application, strategy: .standard, gates: [:], revision: last.revision,
            versions: versions.reversed())
        #expect(read.serving?.release.version == serving && read.introduced == introduced)
    }

    @Test func `what was active before it was removed is none to serve once it is declared again`() {
        let texts: [Substring?] = ["1", nil, "2-"]
        let versions = texts.enumerated().map { index, text in
            DeclaredVersion(revision: "\(index)", application: text.map { Self.application($0) })
        }
        let line = Trail(line: DeclaredLine(versions: Array(versions.dropLast().reversed())))
        let again = Self.head("2-", at: "2", line).continued(from: nil, status: Self.nothing).declaration
        #expect(again.serving == nil && again.unknown == nil)
        let read = Declaration(
            application: Self.application("2-"), strategy: .standard, gates: [:], revision: "2",
            versions: versions.reversed())
        #expect(read.serving == nil)
    }

    @Test func `what lies between two looks counts as heads`() {
        let first = Self.head("1", at: "1").continued(from: nil, status: Self.nothing)
        let bad = Self.head("2", at: "2").continued(from: first.past, status: Self.nothing)
        let between = ["1", "2-", "2"].enumerated().map {
            DeclaredVersion(revision: "b\($0)", application: Self.application(Substring($1)))
        }
        let gone = DeclaredVersion(revision: "g", application: nil)
        let trail = Trail(between: [between[0], gone, between[1], between[2]])
        #expect(Self.head("2", at: "9", trail).continued(from: bad.past, status: Self.nothing).past?.introduced == "b1")
        let touched = Trail(between: [between[2], gone, between[1]])
        let same = Self.head("2", at: "9", touched).continued(from: bad.past, status: Self.nothing)
        #expect(same.past?.introduced == "2")
    }

    static let nothing = Status(application: "a", observedRevision: "0")

    static func rejected(_ declared: DeclaredRelease) -> Rejection {
        Rejection(
            attempt: declared.attempt, version: declared.release.version, reason: "bad",
            at: Instant(milliseconds: 0))
    }

    @Test func `a head that does not come after the recorded one tries nothing again that was rejected`() {
        let (two, past) = Self.follow("1 2")
        var status = Self.nothing
        status.rejected = [two.map { Self.rejected($0.head) }].compactMap { $0 }
        let (three, later) = Self.head("3", at: "3").continued(from: past, status: status)
        #expect(three.introduced == "3")
        let broken = Trail(broken: "9 does not come after 3")
        let (again, _) = Self.head("2", at: "9", broken).continued(from: later, status: status)
        #expect(again.introduced == "2")
        #expect(again.unknown == "9 does not come after 3")
        let (known, _) = Self.head("2", at: "9").continued(from: later, status: status)
        #expect(known.introduced == "9")
        status.rejected[0].retriedBy = "somebody"
        #expect(Self.head("2", at: "9", broken).continued(from: later, status: status).declaration.introduced == "9")
    }

    @Test
    func `a release that came to serve after it was rejected is gone back to where the branch is forced back to it`() {
        let (two, past) = Self.follow("1 2 1 2 3")
        var status = Self.nothing
        var rejected = Self.head("2", at: "2").head
        rejected.introduced = "2"
        status.rejected = [Self.rejected(rejected)]
        var served = rejected
        served.introduced = "4"
        status.retained = Retained(
            placement: Self.placement(served), until: Instant(milliseconds: 1), served: true)
        #expect(two?.introduced == "5")
        let broken = Trail(broken: "4 does not come after 5")
        let (again, _) = Self.head("2", at: "4", broken).continued(from: past, status: status)
        #expect(again.introduced == "4" && status.rejection(of: again.head) == nil)
    }

    @Test func `where history ends before what was active, what serves goes on`() {
        let (serving, _) = Self.follow("5")
        var status = Self.nothing
        status.stable = serving.map { Self.placement($0.head) }
        let cut = Trail(line: DeclaredLine(versions: [], end: "history is cut off before abc"))
        let dark = Self.head("6-", at: "9", cut).continued(from: nil, status: status).declaration
        #expect(dark.serving?.release.version == "5")
        #expect(dark.unknown == "history is cut off before abc")
        // Nobody can say whether another was active before it: it is not taken away.
        let same = Self.head("5-", at: "9", cut).continued(from: nil, status: status).declaration
        #expect(same.serving == nil && same.unknown != nil)
        let whole = Trail(line: DeclaredLine(versions: []))
        let alone = Self.head("5-", at: "9", whole).continued(from: nil, status: status).declaration
        #expect(alone.serving == nil && alone.unknown == nil)
    }

    static func placement(_ declared: DeclaredRelease) -> Placement {
        Placement(
            side: .flip, namespace: "flip", release: declared, strategy: .standard, revision: "1", weight: 100,
            state: .current, since: Instant(milliseconds: 0))
    }

    @Test func `what an older daemon recorded keeps its attempts`() {
        let version = { (revision: Revision, text: Substring) in
            DeclaredVersion(revision: revision, application: Self.application(text))
        }
        var status = Self.nothing
        var two = Self.head("2", at: "b").head
        two.introduced = "b"
        status.rejected = [Self.rejected(two)]
        let line = Trail(line: DeclaredLine(versions: [version("c", "2"), version("b", "2"), version("a", "1")]))
        let (declaration, past) = Self.head("2", at: "d", line).continued(from: nil, status: status)
        #expect(declaration.introduced == "b")
        #expect(past?.actives.map(\.introduced) == ["b", "a"])
        let anew = Trail(
            line: DeclaredLine(versions: [version("e", "2"), version("c", "1"), version("b", "2")]))
        #expect(Self.head("2", at: "f", anew).continued(from: nil, status: status).declaration.introduced == "e")
        status.stable = Self.placement(two)
        status.rejected = []
        #expect(Self.head("2", at: "d").continued(from: nil, status: status).declaration.introduced == "b")
    }

    @Test func `what is recorded holds each release once, and loses nothing by it`() throws {
        let (declaration, past) = Self.follow("1 2 3-")
        var status = Self.nothing
        status.past = past
        status.stable = declaration?.lastActive.map(Self.placement)
        let recorded = status.compact
        #expect(recorded.past?.actives.map { $0.release?.version } == [nil, "1"])
        #expect(recorded.whole == status)
        var lost = recorded
        lost.stable = nil
        #expect(lost.whole.past?.actives.map { $0.release?.version } == ["1"])
        #expect(lost.whole.past?.gap != nil)
    }
}
