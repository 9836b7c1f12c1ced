import Core
import Git
import Repository
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MirrorFilesTests {
    private func failure(_ body: () async throws(EffectFailure) -> [UInt8]) async -> EffectFailure.Kind? {
        do throws(EffectFailure) {
            _ = try await body()
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func `a file is read as it was at the revision, and no more of it than allowed`() async throws {
        let bench = try GitBench()
        let first = try await bench.commit(["replays/a.jsonl": "one\n", "b": "x"]).description
        let second = try await bench.commit(["replays/a.jsonl": "three\n"]).description
        let files = MirrorFiles(bench.repository)
        #expect(try await files.read("replays/a.jsonl", at: first, limit: 100) == Array("one\n".utf8))
        #expect(try await files.read("replays/a.jsonl", at: second, limit: 6) == Array("three\n".utf8))
        #expect(
            await failure { () throws(EffectFailure) in try await files.read("replays/a.jsonl", at: second, limit: 5) }
                == .refused)
        for path in ["replays", "nothing", "../b", "replays/../b", ""] {
            #expect(
                await failure { () throws(EffectFailure) in try await files.read(path, at: second, limit: 100) }
                    == .notFound,
                "\(path)")
        }
        let nowhere = String(repeating: "0", count: 40)
        #expect(
            await failure { () throws(EffectFailure) in try await files.read("b", at: nowhere, limit: 100) }
                == .notFound)
        #expect(
            await failure { () throws(EffectFailure) in try await files.read("b", at: "r1", limit: 100) } == .notFound)
    }
}
