import Core
import Testing

/// What was taken back by declaring again what came before it.
@Suite struct WayBackTests {
    private static func digest(_ version: Substring) -> Digest { PastTests.application(version).release.digest }

    @Test(
        arguments: [
            ("1", "1", ""), ("1 1", "1", ""), ("1 2 3", "1 2 3", ""), ("1 2 1", "1", "2"), ("1 2 3 2", "1 2", "3"),
            ("1 2 3 2 1", "1", "3 2"), ("1 2 1 2", "1 2", ""), ("1 2 1 3", "1 3", "2"), ("1 2 3 1 3", "1 3", "2"),
            ("1 2 3- 2 1", "1", "2"), ("1 2 2-", "1", "2"), ("1 2 2- 3", "1 3", "2"), ("1 2 1 1-", "", "2 1"),
        ])
    func `what came after a release is taken back once that is declared again, until it is declared anew`(
        heads: String, standing: String, takenBack: String
    ) {
        let versions = heads.split(separator: " ").enumerated().map {
            DeclaredVersion(revision: "\($0)", application: PastTests.application($1))
        }
        let way = WayBack(Array(versions.reversed()))
        #expect(way.standing == standing.split(separator: " ").map(Self.digest))
        #expect(way.takenBack == takenBack.split(separator: " ").map(Self.digest))
        let past = PastTests.follow(heads).1
        #expect(past?.wayBack.map { $0.takenBack } ?? [] == way.takenBack)
    }

    @Test func `what is remembered with a status has an end`() {
        let heads = (1...40).map { "\($0)" } + (1...39).reversed().map { "\($0)" }
        let past = PastTests.follow(heads.joined(separator: " ")).1
        #expect(past?.wayBack?.standing.count ?? 7 <= 6 && past?.wayBack?.takenBack.count ?? 7 <= 6)
    }

    @Test func `a release that was left by going back is none to come back to at once`() {
        var bench = Bench()
        for version in ["1.0.0", "1.1.0", "1.2.0", "1.1.0"] {
            bench.declare(Bench.application(version))
            bench.run(.minutes(10))
            #expect(bench.status().stable?.release.release.version == version)
        }
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(10))
        #expect(bench.status().stable?.release.release.version == "1.0.0")
        #expect(bench.status().retained?.placement.release.release.version == "1.1.0")
        #expect(bench.status().retained?.served == false && bench.status().former == nil)
        // Declared anew it goes through its stages.
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        #expect(bench.status().stage?.name == "one" && bench.weight(of: .flip) == 90)
        bench.run(.minutes(10))
        #expect(bench.status().retained?.served == true && bench.status().former?.release.version == "1.0.0")
    }
}
