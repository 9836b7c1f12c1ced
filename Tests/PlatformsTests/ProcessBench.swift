import Conformance
import Core
import Foundation
import Glibc
import Platforms
import Reconciler
import Signal
import Synchronization
import TestSupport
import Testing

/// A platform of real processes in a directory of its own, at a time that only the test moves. What it started ends
/// with it.
final class ProcessBench: Sendable {
    let directory: String
    let time = PlayedTime()
    let said = Said()
    private let current: Mutex<ProcessPlatform>

    var platform: ProcessPlatform { current.withLock { $0 } }

    /// What workers say.
    final class Said: InstanceReports {
        private let all = Mutex<[String: WorkerReport]>([:])

        func workers(_ instances: [String]) async -> [String: WorkerReport] {
            all.withLock { all in all.filter { instances.contains($0.key) } }
        }

        func say(_ instance: String, _ report: WorkerReport) { all.withLock { $0[instance] = report } }
    }

    init() throws {
        directory = NSTemporaryDirectory() + "sluice-processes-\(UUID().uuidString)"
        current = Mutex(try ProcessPlatform(directory: directory, time: time, reports: said))
    }

    deinit {
        // Whoever is told to end may have started another in the meantime.
        while !marked.isEmpty { for number in marked { kill(number, SIGKILL) } }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// As after the daemon's death: another adapter over the same directory.
    func startAgain(for tenancy: Tenancy = Tenancy()) throws {
        let next = try ProcessPlatform(directory: directory, for: tenancy, time: time, reports: said)
        current.withLock { $0 = next }
    }

    /// Numbers of all processes that carry the directory's mark and run.
    var marked: [Int32] {
        SmallProc.numbers.filter { number in
            !SmallProc.isOver(number)
                && SmallProc.read("/proc/\(number)/environ").split(separator: "\0").contains {
                    $0.hasPrefix("SLUICE_PROCESSES=") && $0.hasSuffix(directory.split(separator: "/").last ?? "-")
                }
        }
    }

    /// Waits for what must hold, looking again and again; each look comes `passing` later than the one before.
    func until(_ what: String, passing: Core.Span = .zero, _ condition: () async throws -> Bool) async throws {
        try await eventually(what) {
            time.pass(passing)
            _ = await platform.look()
            return try await condition()
        }
    }

    // MARK: Shorthand

    static func release(
        _ run: ProcessRun, kind: Component.Kind = .service, version: String = "1.0.0"
    ) -> Release {
        let subscriptions = kind == .consumer ? [Subscription(topic: "orders", subscription: "worker")] : []
        return Release(
            version: version,
            components: [Component(name: "worker", kind: kind, run: .process(run), subscriptions: subscriptions)])
    }

    static func shell(_ script: String, drainTime: Core.Span = .seconds(5)) -> ProcessRun {
        ProcessRun(command: ["sh", "-c", script], drainTime: drainTime)
    }

    func deploy(_ release: Release, floor: Int = 1, sequence: Int = 1) async throws {
        let action = Action.deploy(
            side: .flip, namespace: "flip", release: release, digest: release.digest, floors: ["worker": floor])
        _ = try await platform.perform(action, key: PlatformConformance.key("shop", sequence))
    }

    func perform(_ action: Action, sequence: Int) async throws {
        _ = try await platform.perform(action, key: PlatformConformance.key("shop", sequence))
    }

    var worker: ComponentObservation? {
        get async throws { try await platform.observe("shop").sides.flip?.components.first }
    }

    /// What the first replicas of all deployments wrote, the newest file last.
    var output: String {
        let logs = directory + "/logs"
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []
        return folders.map { SmallProc.read("\(logs)/\($0)/worker-0.log") }.joined()
    }

    /// Registrations by instance.
    var registrations: [String: [String: String]] {
        let folder = directory + "/instances"
        var found: [String: [String: String]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let object = try? JSONSerialization.jsonObject(with: Data(SmallProc.read("\(folder)/\(name)").utf8))
            guard let texts = object as? [String: String] else { continue }
            found[texts["instance"] ?? ""] = texts
        }
        return found
    }
}

/// What /proc shows to a test.
enum SmallProc {
    static var numbers: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    static func read(_ path: String) -> String {
        (FileManager.default.contents(atPath: path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func isOver(_ number: Int32) -> Bool {
        let text = read("/proc/\(number)/stat")
        guard let end = text.lastIndex(of: ")") else { return true }
        return text[text.index(after: end)...].hasPrefix(" Z")
    }
}
