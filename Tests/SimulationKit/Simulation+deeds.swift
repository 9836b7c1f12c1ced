import Core
import Simulator

extension Simulation {
    /// Commits what somebody did, or lets an accident happen.
    mutating func perform(_ deed: Scenario.Deed) {
        switch deed {
        case .crash:
            crash()
        case .disturb(let disturbance):
            guard areFaultsOn else { return }
            world.apply(disturbance)
            book.laws.disturbed(disturbance, at: now)
        case .refuseStatuses(let on):
            areStatusesRefused = on && areFaultsOn
        case .otherLeads(let on):
            if on { loseLead() } else { retakeLead() }
        case .rewriteHistory:
            rewriteHistory()
        case .breakManifest(let name):
            guard remote.headFleet[name] != nil else { return }
            remote.commit(remote.headFleet, broken: remote.headBroken.union([name]))
        case .ask(let name, let verb, let isFull):
            ask(name, verb, isFull)
        case .resume(let name):
            remote.takeBack { $0.verb == .pause && $0.application == name }
        case .pauseFleet(true):
            remote.ask(Request(id: "pause", verb: .pause, application: nil, attempt: nil, by: "operator"))
        case .pauseFleet(false):
            remote.takeBack { $0.verb == .pause && $0.application == nil }
        case .approvePending:
            for name in remote.statuses.keys.sorted() {
                ask(name, .approve, false)
                let isUnclear = remote.statuses[name]?.stage?.gates.contains {
                    $0.verdict == nil && $0.unclear != nil
                }
                if isUnclear == true { ask(name, .promote, false) }
            }
            queue.add(.step(.approvePending), at: now + .minutes(5))
        case .move(let name):
            remote.move(name)
        case .mergeOlder(let name):
            mergeOlder(name)
        case .mendManifest(let name):
            remote.commit(intended, broken: remote.headBroken.subtracting([name]))
        default:
            edit(deed)
            remote.commit(intended, broken: remote.headBroken)
        }
    }

    /// Somebody whose clone is a few heads old has committed on it, pulls, and pushes the merge.
    private mutating func mergeOlder(_ name: ApplicationName?) {
        guard let head = remote.head else { return }
        if let name { edit(.editStrategy(name)) }
        let fleet = name == nil ? remote.headFleet : intended
        remote.merge(
            fleet, broken: remote.headBroken, from: remote.headBefore(head, by: 3),
            strategy: name.flatMap { name in intended[name].map { (name, $0.strategy) } })
    }

    /// Somebody forces the branch to where it was some commits ago, and commits from there.
    private mutating func rewriteHistory() {
        guard let head = remote.head, let parent = remote.commits[head].parent else { return }
        let target = max(0, parent - draw.below(3))
        intended = remote.commits[target].fleet
        remote.commit(intended, on: remote.commits[target].parent)
    }

    private mutating func edit(_ deed: Scenario.Deed) {
        switch deed {
        case .newVersion(let name, let faults):
            versions[name, default: 1] += 1
            change(name) { application, version in
                application.release.version = "\(version)"
                for index in application.release.components.indices {
                    guard case .simulated(var run) = application.release.components[index].run else { continue }
                    run.faults = faults
                    application.release.components[index].run = .simulated(run)
                }
            }
        case .darkVersion(let name):
            edit(.newVersion(name, faults: []))
            edit(.setActivation(name, .inactive))
        case .revert(let name):
            revert(name)
        case .setActivation(let name, let activation):
            change(name) { application, _ in application.activation = activation }
        case .suspend(let name, let on):
            change(name) { application, _ in application.suspend = on }
        case .until(let name, let stage):
            change(name) { application, _ in application.until = stage }
        case .replicas(let name, let count):
            change(name) { application, _ in
                for key in application.replicas.keys { application.replicas[key] = count }
            }
        case .editStrategy(let name):
            // From its own source, so that the same edit is the same whatever else happens.
            edits[name, default: 0] += 1
            var draw = Draw(name.utf8.reduce(scenario.seed &+ edits[name, default: 0]) { $0 &* 31 &+ UInt64($1) })
            let strategy = Scenario.strategy(&draw)
            book.laws.edited(name)
            change(name) { application, _ in application.strategy = .inline(strategy) }
        case .remove(let name):
            intended[name] = nil
        case .add(let name):
            guard intended[name] == nil, let known = lastKnown(name) else { return }
            intended[name] = known
            // Whoever bears the name of another one came from is refused while that is declared: nobody commits that.
            for other in intended.keys where intended[other]?.renamedFrom == name { intended[other]?.renamedFrom = nil }
        case .rename(let name, let to):
            rename(name, to, renamedFrom: name)
        case .takeBackRename(let name, let to):
            guard intended[name] == nil, intended[to]?.renamedFrom == name else { return }
            rename(to, name, renamedFrom: nil)
        default:
            break
        }
    }

    private mutating func rename(_ name: String, _ to: String, renamedFrom: String?) {
        guard var application = intended.removeValue(forKey: name) else { return }
        application.name = to
        book.laws.edited(to)
        application.renamedFrom = renamedFrom
        intended[to] = application
        versions[to] = versions[name]
        for key in intended.keys {
            let renamed = intended[key]?.dependsOn.map { $0 == name ? to : $0 } ?? []
            intended[key]?.dependsOn = renamed
        }
    }

    private mutating func change(_ name: ApplicationName, _ edit: (inout Application, Int) -> Void) {
        guard var application = intended[name] else { return }
        edit(&application, versions[name] ?? 1)
        intended[name] = application
    }

    private func lastKnown(_ name: ApplicationName) -> Application? {
        remote.commits.last { $0.fleet[name] != nil }?.fleet[name]
    }

    /// What `git revert` of the newest commit that touched the application does.
    private mutating func revert(_ name: ApplicationName) {
        guard let head = remote.head else { return }
        let versions = remote.versions(of: name, from: head)
        guard versions.count > 1, let before = versions[1].application, intended[name] != nil else { return }
        intended[name] = before
    }
}
