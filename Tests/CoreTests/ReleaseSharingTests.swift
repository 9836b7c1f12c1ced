import Core
import Testing

@Suite struct ReleaseSharingTests {
    private func application(_ number: Int, size: Int) -> Application {
        Application(
            name: "a\(number)",
            release: Release(
                version: "1", components: [],
                contract: Contract(accepts: ["t\(size)": ["v1", "v2"]], publishes: ["u\(size)": ["v1"]])),
            replicas: ["api": size])
    }

    private func memory(of application: Application) -> [UInt] {
        [
            unsafeBitCast(application.replicas, to: UInt.self),
            application.release.contract.accepts.entries.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
            application.release.contract.publishes.entries.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
        ]
    }

    @Test func `applications that are alike share memory, and stay what they are`() {
        var sharing = ReleaseSharing()
        var applications = (0..<6).map { application($0, size: $0 % 2 + 1) }
        for index in applications.indices { applications[index].share(&sharing) }
        for (index, shared) in applications.enumerated() {
            #expect(shared == application(index, size: index % 2 + 1))
            #expect(memory(of: shared) == memory(of: applications[index % 2]))
        }
        #expect(Set(memory(of: applications[0])).isDisjoint(with: memory(of: applications[1])))
    }

    @Test func `however many different ones come, those of today share`() {
        var sharing = ReleaseSharing()
        for size in 1...10_000 {
            var (first, second) = (application(0, size: size), application(1, size: size))
            first.share(&sharing)
            second.share(&sharing)
            guard first.replicas == ["api": size], memory(of: first) == memory(of: second) else {
                Issue.record("\(size) is not shared")
                return
            }
        }
    }
}
