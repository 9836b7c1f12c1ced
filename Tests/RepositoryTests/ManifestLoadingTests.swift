import Core
import Foundation
import Git
import Manifests
import Repository
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ManifestLoadingTests {
    /// A little more than a chunk in some folders, a file that is a chunk of its own in others.
    private static func files() -> [String: String] {
        var files = ["README.md": "# no manifest\n"]
        for number in 0..<1200 {
            let padding = number % 97 == 0 ? 200_000 : 700
            files["fleet/\(number % 7)/a\(number).yaml"] =
                GitBench.application("a\(number)", "1.0") + "\n#" + String(repeating: "x", count: padding)
        }
        files["fleet/3/large.yaml"] = String(repeating: "#", count: 2 << 20) + "sluice.dev/"
        return files
    }

    @Test func `manifests come by the chunk, in the order of the tree, whoever decodes them when`() async throws {
        let bench = try GitBench()
        let files = Self.files()
        let commit = try await bench.commit(files)
        let expected = try await bench.repository.changes(from: nil, to: commit, under: "fleet").map(\.path)
        for _ in 0..<5 {
            let chunks = try await ManifestLoading.everything(
                in: commit, under: "fleet", of: bench.repository, into: [[ManifestLoading.Decoded]]()
            ) { $0.append($1) }
            #expect(chunks.flatMap(\.self).map(\.path) == expected)
            #expect(chunks.count > 20)
            for chunk in chunks {
                let sizes = chunk.map { files[$0.path]?.utf8.count ?? 0 }
                #expect(sizes.dropLast().reduce(0, +) < 2 << 20 + 64 << 10 && !chunk.isEmpty)
            }
            for (path, file) in chunks.joined() {
                if path == "fleet/3/large.yaml" {
                    #expect(file?.isCutShort == true && file?.findings.map(\.code) == [.fileTooLarge])
                } else {
                    let name = path.split(separator: "/").last?.dropLast(".yaml".count)
                    #expect(file?.documents.map(\.name) == [String(name ?? "")])
                }
            }
        }
    }

    @Test func `a commit without manifests is read to its end`() async throws {
        let bench = try GitBench()
        let commit = try await bench.commit(["README.md": "# no manifest\n"])
        let chunks = try await ManifestLoading.everything(in: commit, of: bench.repository, into: 0) { count, _ in
            count += 1
        }
        #expect(chunks == 0)
    }

    @Test func `who gives up midway is told so, and no more is taken`() async throws {
        let bench = try GitBench()
        let commit = try await bench.commit(Self.files())
        let repository = bench.repository
        let taken = Counter()
        let outcome = await Task { () -> Result<Int, GitError> in
            do throws(GitError) {
                return .success(
                    try await ManifestLoading.everything(in: commit, of: repository, into: 0) { count, _ in
                        count += 1
                        taken.count.withLock { $0 += 1 }
                        if count == 2 { withUnsafeCurrentTask { $0?.cancel() } }
                    })
            } catch {
                return .failure(error)
            }
        }.value
        guard case .failure(let error) = outcome else {
            Issue.record("it was not given up")
            return
        }
        #expect(error.kind == .cancelled)
        let count = taken.count.withLock { $0 }
        #expect((2...10).contains(count), "\(count)")
    }

    @Test func `a blob that is lost ends the load, and nothing counts as unreadable for it`() async throws {
        let bench = try GitBench()
        let commit = try await bench.commit(Self.files())
        let lost = try await bench.lose("fleet/5/a600.yaml", of: "remote.git", in: bench.repository, commit)
        let mirror = try Mirror(at: bench.path)
        let error = await #expect(throws: GitError.self) {
            _ = try await ManifestLoading.everything(in: commit, of: mirror, into: 0) { $0 += $1.count }
        }
        #expect(error?.kind == .corrupt && error?.message.contains(lost.short) == true, "\(String(describing: error))")
    }

    @Test func `a mirror that lost a manifest is fetched again at the first load`() async throws {
        let bench = try GitBench()
        let names = (0..<40).map { "a\($0)" }
        let commit = try await bench.commit(
            Dictionary(uniqueKeysWithValues: names.map { ("\($0).yaml", GitBench.application($0, "1.0")) }))
        _ = try await bench.changed(try bench.manifests("one"))
        _ = try await bench.lose("a25.yaml", of: "manifests-one", in: bench.repository, commit)
        let change = try await bench.changed(try bench.manifests("one"))
        #expect(change.declared.map(\.application.name) == names.sorted())
        #expect(change.held.isEmpty && change.isComplete && change.isFull)
        let told = bench.notices.withLock { $0 }
        #expect(told.count == 1 && told.allSatisfy { $0.contains("is damaged") }, "\(told)")
    }
}

private final class Counter: Sendable {
    let count = Mutex(0)
}

extension GitBench {
    /// Leaves nothing of one file's bytes in a repository below the bench's folder.
    fileprivate func lose(
        _ path: String, of name: String, in repository: Mirror, _ commit: ObjectID
    ) async throws -> ObjectID {
        let id = try #require(try await repository.blobID(at: path, in: commit))
        let object = "\(folder)/\(name)/objects/\(id.description.prefix(2))/\(id.description.dropFirst(2))"
        try FileManager.default.removeItem(atPath: object)
        return id
    }
}
