import Agent
import Foundation
import Signal
import Testing

@Suite struct MachineInventoryTests {
    private func register(_ instance: String, at folder: String) throws {
        let registration = Registration(
            instance: instance, application: "search", component: "indexer", side: .flop, version: "2.0.0",
            listen: .unix(path: "/run/\(instance).sock"))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try registration.json.write(toFile: "\(folder)/\(instance).json", atomically: true, encoding: .utf8)
    }

    @Test func `it tells each machine's instances, and when there are none left`() throws {
        let machine = try Machine()
        var inventory = MachineInventory("\(machine.folder)/instances/all")
        #expect(inventory.look().reports.isEmpty)
        let folders = ["m1", "m2"].map { "\(machine.folder)/instances/all/\($0)" }
        defer { try? FileManager.default.removeItem(atPath: "\(machine.folder)/instances/all") }
        try register("b", at: folders[0])
        try register("a", at: folders[0])
        try register("c", at: folders[1])
        let first = inventory.look().reports
        #expect(first.map(\.machine) == ["m1", "m2"])
        #expect(first.map { $0.instances.map(\.instance) } == [["a", "b"], ["c"]])
        #expect(first.allSatisfy { $0.isFull && $0.instances.allSatisfy { $0.worker == nil } })

        try register("d", at: folders[1])
        try FileManager.default.removeItem(atPath: folders[0])
        let second = inventory.look().reports.filter { $0.machine != "m2" || $0.instances.count == 2 }
        #expect(second.map(\.machine) == ["m1", "m2"])
        #expect(second.map { $0.instances.map(\.instance) } == [[], ["c", "d"]])
    }

    @Test func `what is wrong is said once, and takes nothing away`() throws {
        let machine = try Machine()
        let folder = "\(machine.folder)/instances/all"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try register("a", at: "\(folder)/m1")
        try register("b", at: "\(folder)/not a machine")
        var inventory = MachineInventory(folder)
        let first = inventory.look()
        #expect(first.reports.map(\.machine) == ["m1"])
        #expect(first.findings.count == 1 && first.findings[0].contains("not a machine"))
        #expect(inventory.look().findings.isEmpty)
        try "{".write(toFile: "\(folder)/m1/a.json", atomically: true, encoding: .utf8)
        let broken = inventory.look()
        #expect(broken.findings.count == 1 && broken.findings[0].contains("m1/a.json"))
        #expect(broken.reports.first?.instances.map(\.instance) == ["a"])
        try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
        let away = inventory.look()
        #expect(away.reports.isEmpty && away.findings.count == 1)
        try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
    }
}
