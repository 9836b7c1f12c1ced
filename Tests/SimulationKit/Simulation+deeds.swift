import Core
import Simulator

extension Simulation {
    /// Commits what somebody did, or lets an accident happen.
    mutating func perform(_ deed: Scenario.Deed) {
        switch deed {
        case .crash:
            crash()
        case .disturb(let disturbance):
            if areFaultsOn { world.apply(disturbance) }
            laws.disturbed(at: now)
        case .rewriteHistory:
            rewriteHistory()
        case .breakManifest(let name):
            guard remote.headFleet[name] != nil else { return }
            remote.commit(remote.headFleet, broken: remote.headBroken.union([name]))
        case .mendManifest(let name):
            remote.commit(intended, broken: remote.headBroken.subtracting([name]))
        default:
            edit(deed)
            remote.commit(intended, broken: remote.headBroken)
        }
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
            change(name) { application, version in
                application.release.version = "\(version)"
                for index in application.release.components.indices {
                    guard case .simulated(var run) = application.release.components[index].run else { continue }
                    run.faults = faults
                    application.release.components[index].run = .simulated(run)
                }
            }
            nextVersion += 1
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
            let strategy = Scenario.strategy(&draw)
            laws.edited(name)
            change(name) { application, _ in application.strategy = .inline(strategy) }
        case .remove(let name):
            intended[name] = nil
        case .add(let name):
            if intended[name] == nil, let known = lastKnown(name) { intended[name] = known }
        case .rename(let name, let to):
            guard var application = intended.removeValue(forKey: name) else { return }
            application.name = to
            laws.edited(to)
            application.renamedFrom = name
            intended[to] = application
            for key in intended.keys {
                let renamed = intended[key]?.dependsOn.map { $0 == name ? to : $0 } ?? []
                intended[key]?.dependsOn = renamed
            }
        default:
            break
        }
    }

    private mutating func change(_ name: ApplicationName, _ edit: (inout Application, Int) -> Void) {
        guard var application = intended[name] else { return }
        edit(&application, nextVersion)
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
