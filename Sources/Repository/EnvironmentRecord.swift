import Basics
package import Core
import Git
import Manifests

/// What `environment.yaml` of a status branch holds: who leads, and what it follows.
///
/// Everything but the epoch may be missing: daemons before this one wrote less, and later ones may write more.
package struct EnvironmentRecord: Hashable, Sendable, Codable {
    package var environment: String?
    package var epoch: Int
    /// What tells this fleet from all others where they share a platform: made once, with the first lead.
    package var fleet: String?
    /// The branch of the manifests.
    package var branch: String?
    /// The folder of the manifests, without a slash at either end; `.` is the root.
    package var path: String?
    /// The repository of the manifests, where it is not the one of the status branch; without credentials.
    package var manifests: String?
    /// The machine that the leader runs on.
    package var host: String?
    /// When it took the lead, by its own clock.
    package var since: String?
    /// When it ended in good order and gave the lead up, by its own clock; nil while it leads, or went in no order.
    package var left: String?
    /// The same moment as ``since`` by the wall's clock, where the leader's time passes faster.
    package var wall: String?
    /// How many times faster than real time its clock goes; nil for real time.
    package var timeScale: String?
    /// How often it looks at the manifests by the wall's clock, as a duration is written.
    package var interval: String?

    package init(environment: String?, epoch: Int) {
        self.environment = environment
        self.epoch = epoch
    }

    /// The folder as paths of a commit begin with it; `""` is the root, nil where it is not known.
    package var folder: String? { path.map { $0 == "." ? "" : $0 } }

    /// What the leader's clock says when the wall's says `wall`; nil where its time passes as anybody's.
    package func time(at wall: Instant) -> Instant? {
        guard let scale = timeScale.flatMap({ Double($0) }), scale.isFinite, scale > 0, scale <= 1e6,
            let since = since.flatMap({ Timestamp.instant($0) }),
            let then = self.wall.flatMap({ Timestamp.instant($0) })
        else { return nil }
        let passed = Double((wall - then).milliseconds) * scale
        guard passed >= 0, passed < 1e15 else { return nil }
        return since + .milliseconds(Int64(passed))
    }

    /// The record as YAML.
    package var text: String { StatusCoding.yaml(value: self) }

    /// - Returns: nil where the bytes are no such record.
    package static func read(_ bytes: [UInt8]) -> EnvironmentRecord? {
        if let record = try? StatusCoding.decode(EnvironmentRecord.self, from: bytes) { return record }
        // What else is there may be another version's.
        return (try? StatusCommit.epoch(in: bytes).get()).map { EnvironmentRecord(environment: nil, epoch: $0) }
    }

    /// What is wrong with a field.
    package struct Fault: Hashable, Sendable {
        /// `epoch`, `branch`, `path`, … ; nil where it is the whole.
        package var field: String?
        /// `environment.yaml:3: branch "no branch" is no name of a branch`
        package var text: String

        package init(field: String?, text: String) {
            self.field = field
            self.text = text
        }
    }

    /// What of a record can be relied on, and what is wrong with the rest: whoever may push may have written it.
    package static func examine(_ bytes: [UInt8]) -> (record: EnvironmentRecord?, faults: [Fault]) {
        func fault(_ line: Int, _ field: String?, _ text: String) -> Fault {
            Fault(field: field, text: PlainText.line("\(StatusCommit.environmentPath):\(line): \(text)", limit: 300))
        }
        var faults: [Fault] = []
        if case .failure(let why) = StatusCommit.epoch(in: bytes) { faults.append(fault(why.line, "epoch", why.text)) }
        var record: EnvironmentRecord
        do throws(StatusError) {
            record = try StatusCoding.decode(EnvironmentRecord.self, from: bytes)
        } catch {
            if faults.isEmpty { faults.append(fault(error.line, nil, error.message)) }
            return (read(bytes), faults)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        func check(
            _ field: String, _ path: WritableKeyPath<EnvironmentRecord, String?>, _ what: String,
            _ isFine: (String) -> Bool
        ) {
            guard let value = record[keyPath: path], !isFine(value) else { return }
            record[keyPath: path] = nil
            let line = (lines.firstIndex { $0.hasPrefix("\(field):") } ?? 0) + 1
            faults.append(fault(line, field, "\(field) \"\(PlainText.line(value, limit: 60))\" is no \(what)"))
        }
        check("branch", \.branch, "name of a branch") { BranchName.isUsable($0) }
        check("path", \.path, "folder of a repository") { $0 == "." || ManifestFolder.normal($0) != nil }
        check("since", \.since, "time") { Timestamp.instant($0) != nil }
        check("left", \.left, "time") { Timestamp.instant($0) != nil }
        check("wall", \.wall, "time") { Timestamp.instant($0) != nil }
        check("timeScale", \.timeScale, "number above 0, and 1000000 at most") { text in
            Double(text).map { $0.isFinite && $0 > 0 && $0 <= 1e6 } ?? false
        }
        check("interval", \.interval, "duration") { text in Span(text).map { $0 > .zero } ?? false }
        return (record, faults)
    }
}
