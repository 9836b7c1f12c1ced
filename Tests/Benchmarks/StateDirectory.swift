import Core
import Git

#if canImport(Glibc)
    import Glibc
#endif

/// What a long life leaves on the disk: many status commits, and the maintenance that goes with them.
struct StateDirectory {
    let applications: Int
    let commits: Int
    /// Commits between two looks of the maintenance, as the daemon has it.
    static let commitsBetweenMaintenance = 64

    private func progress(_ done: Int, _ maintaining: [Double]) {
        let line = "\(done) commits, maintenance \(maintaining.reduce(0, +)) s\n"
        _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
    }

    func measure(_ report: inout Report) async throws {
        let scratch = try ScratchFolder()
        let mirror = try Mirror(at: scratch.file("mirror.git"))
        var rollouts = Rollouts(applications: applications)
        var head: ObjectID?
        var done = 0
        var committing = 0.0
        var maintaining: [Double] = []
        var bytes = 0
        var largest = 0
        while done < commits {
            let updates = rollouts.statuses(Self.commitsBetweenMaintenance).prefix(commits - done)
            for update in updates {
                let text = update.text
                bytes += text.count
                committing += try await Watch.seconds {
                    head = try await StatusCommits.commit([update], texts: [text], on: head, in: mirror, at: done)
                }
                done += 1
            }
            if let head { try await mirror.set("refs/heads/sluice/status/default", to: head) }
            largest = max(largest, try Files.size(of: scratch.path))
            maintaining.append(try await Watch.seconds { _ = try await mirror.maintain() })
            if done / 10_000 != (done - updates.count) / 10_000 { progress(done, maintaining) }
        }
        let size = try Files.size(of: scratch.path)
        let objects = try ObjectKinds(in: mirror.path)
        let name = "state directory after \(commits) status commits"
        report.add("size of one status file", applications, [Double(bytes) / Double(done)], unit: "B")
        report.add("\(name), as the daemon leaves it", applications, [Double(size) / 1e6], unit: "MB", aim: .below(100))
        report.add("— the largest that it ever was", applications, [Double(largest) / 1e6], unit: "MB")
        for (kind, bytes) in objects.bytes.sorted(by: { $0.key < $1.key }) {
            report.add("— of it \(kind)s", applications, [Double(bytes) / 1e6], unit: "MB")
        }
        report.add("— committing, each", applications, [committing / Double(done) * 1000], unit: "ms")
        report.add("— maintenance, in all", applications, [maintaining.reduce(0, +)], unit: "s")
        report.add("— maintenance, longest", applications, [maintaining.max() ?? 0], unit: "s")
    }
}

/// Bytes on the disk by kind of object, as git itself reads the repository.
private struct ObjectKinds {
    var bytes: [String: Int] = [:]

    init(in path: String) throws {
        let format = "--batch-check=%(objecttype) %(objectsize:disk)"
        let text = try Program.read(["git", "-C", path, "cat-file", "--batch-all-objects", format])
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { bytes[String(words[0]), default: 0] += Int(words[1]) ?? 0 }
        }
    }
}
