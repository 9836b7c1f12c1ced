import Basics
import Core
import Git
import Manifests

/// What a commit of the status branch says and holds.
struct StatusCommit {
    var message: String
    var trailers: [Trailer]
    var edit = TreeEdit()

    /// A commit of what several applications have to say, in the order in which they are given.
    init(_ updates: [StatusUpdate], text: [String], epoch: Int) {
        let lines = updates.map { PlainText.line("\($0.status.application): \($0.summary)", limit: 500) }
        if lines.count == 1 {
            message = "\(lines[0])\n\n[skip ci]"
        } else {
            let names = updates.prefix(3).map(\.status.application).joined(separator: ", ")
            let more = updates.count > 3 ? ", …" : ""
            message = "\(updates.count) applications: \(names)\(more)\n\n\(lines.joined(separator: "\n"))\n\n[skip ci]"
        }
        var revisions: [Revision] = []
        for update in updates where !revisions.contains(update.status.observedRevision) {
            revisions.append(update.status.observedRevision)
        }
        trailers = revisions.map { Trailer("Sluice-Revision", $0) }
        trailers += updates.map { Trailer("Sluice-Application", $0.status.application) }
        trailers.append(Trailer("Sluice-Epoch", String(epoch)))
        for (update, text) in zip(updates, text) {
            edit.set(Self.path(of: update.status.application), to: Array(text.utf8))
        }
    }

    /// A commit that takes the lead. Its nonce makes it nobody else's: two that lead in the same second would
    /// otherwise write the same commit, and both find it accepted.
    init(leading record: EnvironmentRecord) {
        let epoch = record.epoch
        message = "Lead \(record.environment ?? "") under epoch \(epoch)\n\n[skip ci]"
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        trailers = [Trailer("Sluice-Epoch", String(epoch)), Trailer("Sluice-Nonce", nonce)]
        edit.set(Self.environmentPath, to: Array(record.text.utf8))
    }

    /// A commit that says that its writer leads no more.
    init(leaving record: EnvironmentRecord) {
        let epoch = record.epoch
        message = "Leave \(record.environment ?? "") under epoch \(epoch)\n\n[skip ci]"
        trailers = [Trailer("Sluice-Epoch", String(epoch))]
        edit.set(Self.environmentPath, to: Array(record.text.utf8))
    }

    /// A commit that writes again what its writer had told and others changed, in the order given.
    init(restoring files: [(path: String, content: [UInt8]?)], epoch: Int) {
        let names = files.prefix(3).map { PlainText.line($0.path, limit: 200) }.joined(separator: ", ")
        let more = files.count > 3 ? ", …" : ""
        message = "Restore what was told: \(names)\(more)\n\n[skip ci]"
        trailers = [Trailer("Sluice-Epoch", String(epoch))]
        for file in files {
            if let content = file.content { edit.set(file.path, to: content) } else { edit.remove(file.path) }
        }
    }

    /// What a shell of a clone takes to revert the commit that wrote a file last, where it is not known which.
    static func takingBack(_ commit: String?, at path: String = environmentPath, branch: String) -> String {
        let culprit = commit ?? "$(git log -1 --format=%h -- \(path))"
        return "git fetch origin \(branch) && git switch --detach FETCH_HEAD && git revert --no-edit \(culprit) "
            + "&& git push origin HEAD:\(branch)"
    }

    static let folder = "applications"
    static let environmentPath = "environment.yaml"

    /// Folders of about equal size: the first two hex digits of the SHA-256 of the name.
    static func path(of name: ApplicationName) -> String {
        "\(folder)/\(Digest(of: name.utf8).description.prefix(2))/\(name).yaml"
    }

    /// The last epoch that can be led under: traffic files and agents count no further, and one has to come after it.
    static let lastEpoch = (1 << 53) - 2

    /// The epoch that an `environment.yaml` says, or why it says none.
    static func epoch(in bytes: [UInt8]) -> Result<Int, UnreadableEpoch> {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where line.hasPrefix("epoch:") {
            let text = line.dropFirst(6).drop { $0 == " " }.prefix { $0 != " " && $0 != "#" }
            guard let epoch = Int(text), (0...lastEpoch).contains(epoch) else {
                let said = PlainText.line(text, limit: 40)
                return .failure(
                    UnreadableEpoch(
                        line: index + 1, text: "epoch \(said) is no whole number from 0 to \(lastEpoch)"))
            }
            return .success(epoch)
        }
        do throws(StatusError) {
            return .success(try StatusCoding.decode(EpochAlone.self, from: bytes).epoch)
        } catch {
            return .failure(UnreadableEpoch(line: error.line, text: PlainText.line(error.message, limit: 200)))
        }
    }

    /// In another form of the same: `{epoch: 3}`.
    private struct EpochAlone: Decodable {
        var epoch: Int

        private enum CodingKeys: CodingKey { case epoch }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            epoch = try container.decode(Int.self, forKey: .epoch)
            guard (0...lastEpoch).contains(epoch) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .epoch, in: container, debugDescription: "is no whole number from 0 to \(lastEpoch)")
            }
        }
    }

    struct UnreadableEpoch: Error {
        /// 1-based.
        var line: Int
        var text: String
    }
}
