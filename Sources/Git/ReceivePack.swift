import CGit2
import Glibc

/// Gives updates to a repository on this machine as a push would: through `git receive-pack`, which runs its hooks.
struct ReceivePack {
    /// What a repository may have that judges or hears of a push.
    private static let hooks = [
        "pre-receive", "update", "post-receive", "post-update", "reference-transaction", "proc-receive",
        "push-to-checkout",
    ]

    /// Whether a repository has hooks that a push runs.
    static func isWanted(by repository: borrowing Repository) -> Bool {
        let folder = hooksFolder(of: repository)
        return hooks.contains { Directory.isReadable("\(folder)/\($0)") && access("\(folder)/\($0)", X_OK) == 0 }
    }

    private static func hooksFolder(of repository: borrowing Repository) -> String {
        let standard = repository.path + "hooks"
        let pointer = repository.pointer
        guard
            let config = try? Handle(
                "reading settings", free: git_config_free,
                open: {
                    git_repository_config_snapshot(&$0, pointer)
                })
        else { return standard }
        var text: UnsafePointer<CChar>?
        guard git_config_get_string(&text, config.pointer, "core.hooksPath") == 0, let text else {
            git_error_clear()
            return standard
        }
        let path = String(cString: text)
        _ = config.pointer
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/") { return (getenv("HOME").map { String(cString: $0) } ?? "/root") + path.dropFirst(1) }
        // Relative to where hooks run.
        return repository.path + path
    }

    /// What became of a push.
    struct Report {
        /// Why a reference was not moved, by its name.
        var refused: [String: String] = [:]
        /// What hooks, or git, said.
        var words = ""
    }

    /// Sends the updates and what they need. Which of them were taken is for the caller to read.
    static func send(
        _ updates: [RefUpdate], from mirror: borrowing Repository, to target: borrowing Repository, _ remote: Remote
    ) throws(GitError) -> Report {
        let request = try MemoryFile()
        for (index, update) in updates.enumerated() {
            let old = update.expectedOld.map(\.description) ?? String(repeating: "0", count: 40)
            let capabilities = index == 0 ? "\0 report-status side-band-64k agent=sluice" : ""
            try request.append(PacketLines.encode("\(old) \(update.new) \(update.reference)\(capabilities)"))
        }
        try request.append("0000".utf8)
        try mirror.appendPack(of: try mirror.missing(updates.map(\.new), in: target).all, to: request)
        let local = ["DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES"]
        let program = try Program(
            ["git", "receive-pack", "--stateless-rpc", target.path], input: request,
            hiding: [remote.credentials.tokenVariable, remote.credentials.userVariable] + local.map { "GIT_\($0)" })
        // Of git too it is known what it leaves when it is killed.
        let folder = target.path
        let records = updates.map { update in
            PushRecord("\(folder)\(update.reference).lock", in: folder, by: program.process)
        }
        let output = try program.output(limit: 16 << 20)
        let code = program.wait()
        for record in records where code == nil { record.isKept = true }
        let report = read(output, complaint: program.complaint)
        guard let code else { throw GitError(.childDied, "git receive-pack was killed in \(target.path)") }
        if report.refused.isEmpty, code != 0, report.words.isEmpty {
            throw GitError(.rejected, "git receive-pack failed in \(target.path) without a word")
        }
        return report
    }

    /// Side band 1 holds the report, as lines of its own; 2 and 3 what is said to people.
    private static func read(_ output: [UInt8], complaint: [UInt8]) -> Report {
        var (bands, rest): ([UInt8: [UInt8]], ArraySlice<UInt8>) = ([:], output[...])
        while rest.count >= 4, let length = Int(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16),
            length <= rest.count
        {
            let packet = rest.prefix(max(length, 4)).dropFirst(4)
            if let band = packet.first { bands[band, default: []] += packet.dropFirst() }
            rest = rest.dropFirst(max(length, 4))
        }
        var report = Report()
        for line in (try? PacketLines(bands[1] ?? []))?.lines ?? [] where line.hasPrefix("ng ") {
            let parts = line.split(separator: " ", maxSplits: 2)
            if parts.count > 1 { report.refused[String(parts[1])] = parts.count > 2 ? String(parts[2]) : "refused" }
        }
        report.words = ServerWords.line((bands[2] ?? []) + (bands[3] ?? []) + complaint)
        return report
    }
}

extension Repository {
    /// Writes objects of this repository as a pack at the end of a file.
    fileprivate borrowing func appendPack(of ids: [ObjectID], to file: MemoryFile) throws(GitError) {
        let pointer = pointer
        let builder = try Handle("packing objects", free: git_packbuilder_free) { git_packbuilder_new(&$0, pointer) }
        git_packbuilder_set_threads(builder.pointer, 1)
        for id in ids {
            var oid = id.oid
            try GitError.check(git_packbuilder_insert(builder.pointer, &oid, nil), "packing \(id.short)")
        }
        let code = git_packbuilder_foreach(
            builder.pointer,
            { bytes, count, payload in
                guard let bytes, let payload else { return -1 }
                let chunk = UnsafeRawBufferPointer(start: bytes, count: count)
                let file = Unmanaged<MemoryFile>.fromOpaque(payload).takeUnretainedValue()
                return (try? file.append(chunk)) == nil ? -1 : 0
            }, Unmanaged.passUnretained(file).toOpaque())
        try GitError.check(code, "packing objects")
    }
}
