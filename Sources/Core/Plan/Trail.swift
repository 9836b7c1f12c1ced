/// How a head came from what was declared before, as far as the repository was asked.
package struct Trail: Hashable, Sendable, Codable {
    /// What heads between the recorded one and this one declared, or could have, the oldest first.
    package var between: [DeclaredVersion]
    /// Why the head does not come after the recorded one; nil where it does, or nothing is recorded.
    package var broken: String?
    /// The first-parent line, where it was asked.
    package var line: DeclaredLine?

    package init(between: [DeclaredVersion] = [], broken: String? = nil, line: DeclaredLine? = nil) {
        self.between = between
        self.broken = broken
        self.line = line
    }
}

/// What an application's manifest said on the first-parent line before a head.
package struct DeclaredLine: Hashable, Sendable, Codable {
    /// The newest first, the head's own left out. Those that do not decode are left out too.
    package var versions: [DeclaredVersion]
    /// Why it ends where it does, short of what was looked for; nil where there is nothing before.
    package var end: String?

    package init(versions: [DeclaredVersion], end: String? = nil) {
        self.versions = versions
        self.end = end
    }
}

extension Declaration {
    /// What the head means by what is recorded, and what is to be recorded of it.
    ///
    /// - Parameters:
    ///   - recorded: what heads declared before; nil where nothing is recorded.
    ///   - status: what is recorded otherwise; it is believed where history says nothing.
    /// - Returns: the declaration with its attempt and with what serves; nil for the past where nothing was asked.
    package func continued(from recorded: Past?, status: Status) -> (declaration: Declaration, past: Past?) {
        guard let trail else { return (self, nil) }
        var past = recorded ?? Past(trail.line)
        for version in trail.between {
            guard let application = version.application else { continue }
            past = past.taking(application, at: version.revision)
        }
        let isFirst = past == nil
        var now = past.taking(application, at: revision)
        if isFirst {
            now.gap = trail.line?.end
            now.isUnread = trail.line == nil ? true : nil
        }
        if let before = status.attempt(of: now, recorded, trail) { now.rename(before) }
        if application.activation == .inactive, now.otherActive == nil, now.isUnread == true || trail.broken != nil,
            let line = trail.line
        {
            now.isUnread = nil
            now.gap = line.end
            // What is recorded of heads that are no more takes nothing back that the line says.
            now.actives += (Past(line.versions)?.actives ?? []).filter {
                trail.broken != nil || !now.isTakenBack($0.digest)
            }
            now.actives.removeAll { $0.digest == now.digest }
        }
        var declaration = self
        declaration.trail = nil
        declaration.introduced = now.introduced
        declaration.lastActive = application.activation == .inactive ? now.otherActive : nil
        declaration.unknown = trail.broken
        if application.activation == .inactive, declaration.lastActive == nil, let gap = now.gap {
            declaration.unknown = gap
            if let stable = status.stable?.release, stable.digest != now.digest { declaration.lastActive = stable }
        }
        return (declaration, now)
    }
}

extension Past? {
    fileprivate func taking(_ application: Application, at head: Revision) -> Past {
        guard var past = self else { return Past(application, at: head) }
        past.take(application, at: head)
        return past
    }
}

extension Past {
    /// What the first-parent line says; nil where there is none, or it declares nothing.
    fileprivate init?(_ line: DeclaredLine?) {
        guard let line, let past = Past(line.versions) else { return nil }
        self = past
        gap = line.end
    }

    /// - Parameter versions: the newest first. Where the manifest was gone in between, what came after is a new attempt.
    init?(_ versions: [DeclaredVersion]) {
        var past: Past?
        var isGone = false
        for version in versions.reversed() {
            guard let application = version.application else {
                isGone = past != nil
                past?.takeAllBack()
                continue
            }
            past = past.taking(application, at: version.revision)
            if isGone { past?.rename(version.revision) }
            isGone = false
        }
        guard let past else { return nil }
        self = past
    }
}

extension Status {
    /// The name that the present attempt has on record, where history does not say that it is another: nothing that was
    /// rejected is tried again because something is not known.
    fileprivate func attempt(of past: Past, _ recorded: Past?, _ trail: Trail) -> Revision? {
        if recorded != nil {
            // What goes on from the record bears its name. Where the head does not come after the recorded one, it may
            // be what was there before.
            guard trail.broken != nil, past.introduced == past.head else { return nil }
            // What came to serve was not rejected in that attempt, whatever became of one before.
            let served = [stable, retained.flatMap { $0.served ? $0.placement : nil }].compactMap {
                $0?.release.attempt
            }
            if let attempt = served.first(where: { $0.digest == past.digest }) { return attempt.introduced }
            return rejected.last { $0.attempt.digest == past.digest && $0.retriedBy == nil }?.attempt.introduced
        }
        var attempts = rejected.reversed().map(\.attempt)
        attempts += [candidate, retained?.placement, stable].compactMap { $0?.release.attempt }
        guard let line = trail.line, line.end == nil else {
            return attempts.first { $0.digest == past.digest }?.introduced
        }
        let run = line.versions.prefix { $0.application?.release.digest == past.digest }.map(\.revision) + [past.head]
        return attempts.first { $0.digest == past.digest && run.contains($0.introduced) }?.introduced
    }
}
