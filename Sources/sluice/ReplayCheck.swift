import Core
import Foundation
import Gates
import Git
import Manifests

/// Whether the replays that gates name are in the repository, and hold requests.
enum ReplayCheck {
    /// Adds a finding for each gate whose replay cannot be sent, and remembers why.
    ///
    /// - Parameters:
    ///   - fleet: what was read of the repository.
    ///   - read: the bytes of a file of the repository, from its root.
    static func judge(
        _ fleet: inout Fleet, read: (String) async throws(EffectFailure) -> [UInt8]
    ) async {
        var judged: [String: String?] = [:]
        for gate in fleet.gates {
            guard case .smokeTest(let test) = gate.value.check, let path = test.replay else { continue }
            let problem: String?
            if let known = judged[path] { problem = known } else { problem = await self.problem(of: path, read) }
            judged[path] = .some(problem)
            guard let problem else { continue }
            fleet.replayProblems[path] = problem
            fleet.findings.append(
                Finding(
                    path: gate.path, mark: gate.mark, code: .missingFile,
                    message: "the gate \"\(gate.value.name)\" cannot be evaluated: its replay, \(problem)"))
        }
        fleet.findings.sort()
    }

    private static func problem(
        of path: String, _ read: (String) async throws(EffectFailure) -> [UInt8]
    ) async -> String? {
        do throws(EffectFailure) {
            let bytes = try await read(path)
            let attempt = Attempt(digest: Digest(of: path.utf8), introduced: "")
            let requests = try Replay.sample(path, bytes, count: Replay.countLimit, for: attempt)
            return requests.isEmpty ? "\(path): it holds no requests" : nil
        } catch {
            return error.message
        }
    }

    /// A file as it lies on the disk below a folder; links are not followed, as they are not in git's trees.
    static func read(_ path: String, below root: String) throws(EffectFailure) -> [UInt8] {
        var information = stat()
        let place = root + "/" + path
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."), lstat(place, &information) == 0,
            information.st_mode & S_IFMT == S_IFREG
        else { throw EffectFailure(.notFound, "\(path): there is no such file in the repository") }
        guard information.st_size <= Replay.fileLimit, let data = FileManager.default.contents(atPath: place) else {
            throw EffectFailure(
                .refused, "\(path): it cannot be read, or is larger than \(Replay.fileLimit >> 20) MiB")
        }
        return [UInt8](data)
    }

    /// The folder that holds `.git`, from a path upwards; nil where there is none.
    static func root(of path: String) -> String? {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        while true {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent(".git").path) { return folder.path }
            guard folder.path != "/", !folder.path.isEmpty else { return nil }
            folder.deleteLastPathComponent()
        }
    }
}
