import Agent
import Core
import Logging
import Routing
import ServiceLifecycle
import Signal

/// Tells the hub what the inventory says, as long as the daemon runs.
struct InventoryFollower: Service {
    var inventory: MachineInventory
    var hub: ElevationHub
    var logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await follow() }
    }

    private func follow() async throws {
        var inventory = inventory
        // What could not be taken over yet, by machine.
        var waiting: [String: MachineReport] = [:]
        var said: String?
        while true {
            let look = inventory.look()
            for finding in look.findings { logger.warning("\(finding)") }
            for report in look.reports { waiting[report.machine] = report }
            do throws(EffectFailure) {
                if !waiting.isEmpty { try await hub.know(waiting.values.sorted { $0.machine < $1.machine }) }
                (waiting, said) = ([:], nil)
            } catch {
                if error.message != said {
                    logger.warning("the inventory of machines is not followed: \(error.message)")
                }
                said = error.message
            }
            try await Task.sleep(for: MachineInventory.interval)
        }
    }
}
