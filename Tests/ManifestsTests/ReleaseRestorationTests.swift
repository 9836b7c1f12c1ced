import Core
import Manifests
import Testing

/// Every case says a whole file as it was, as it is, and as it is after the release that it was is restored.
@Suite struct ReleaseRestorationTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var before: String
        var now: String
        var after: String

        init(_ name: String, before: String, now: String, after: String) {
            (testDescription, self.before, self.now, self.after) = (name, before, now, after)
        }
    }

    /// A file with the shop's `spec`, and neighbours before and after it.
    static func file(_ spec: String, strategy: String = "10%") -> String {
        """
        # The shop.
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata: {name: careful}
        spec: {surge: \(strategy), stages: [{name: full, weight: 100}]}
        ---
        apiVersion: sluice.dev/v1
        kind: Application
        metadata:
          name: shop
        spec:
        \(spec)
        ---
        # Nothing here.
        """
    }

    static let cases = [
        Case(
            "only the version, with comments, replicas and another document changed meanwhile",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, replicas: 4, run: {simulated: {}}}
                """),
            now: file(
                """
                  version: "1.1.0"   # the fast one
                  # As many as it takes.
                  components:
                    - {name: web, kind: service, replicas: 9, run: {simulated: {}}}
                  suspend: true
                  suspendReason: "an incident"
                """, strategy: "50%"),
            after: file(
                """
                  version: "1.0.0"   # the fast one
                  # As many as it takes.
                  components:
                    - {name: web, kind: service, replicas: 9, run: {simulated: {}}}
                  suspend: true
                  suspendReason: "an incident"
                """, strategy: "50%")),
        Case(
            "what runs, field by field",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - name: web
                      kind: service
                      run: {simulated: {capacity: 50, latency: 20ms}}
                """),
            now: file(
                """
                  version: "1.1.0"
                  components:
                    - name: web
                      kind: service
                      replicas: 3
                      run: {simulated: {capacity: 70, faults: [{slow: {factor: 2.5}}]}}  # hot
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    - name: web
                      kind: service
                      replicas: 3
                      run: {simulated: {capacity: 50, latency: 20ms}}  # hot
                """)),
        Case(
            "faults that were there, with their numbers",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {faults: [{slow: {factor: 2.5}}, {crashOnStart: true}]}}}
                """),
            now: file(
                """
                  version: "1.1.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {startTime: 1s}}}
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {faults: [{slow: {factor: 2.5}}, {crashOnStart: true}]}}}
                """)),
        Case(
            "a component that was added goes",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {}}}
                """),
            now: file(
                """
                  version: "1.1.0"
                  components:
                    # In front of all.
                    - {name: edge, kind: service, run: {simulated: {}}}
                    - {name: web, kind: service, replicas: 5, run: {simulated: {}}}
                    - name: cache
                      kind: service
                      run: {simulated: {}}
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    # In front of all.
                    - {name: web, kind: service, replicas: 5, run: {simulated: {}}}
                """)),
        Case(
            "components that were taken out come back in their places",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: edge, kind: service, replicas: 2, run: {simulated: {}}}
                    - {name: web, kind: service, replicas: 4, run: {simulated: {}}}
                    - {name: mail, kind: consumer, run: {simulated: {}}, subscriptions: [{topic: orders, subscription: mail}]}
                  contract: {accepts: {orders: [v1]}}
                """),
            now: file(
                """
                  version: "1.0.0"
                  components:
                    # What people see.
                    - name: web
                      kind: service
                      replicas: 7  # enough
                      run: {simulated: {}}
                  activation: active
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    # What people see.
                    - name: edge
                      kind: service
                      replicas: 2
                      run: {simulated: {}}
                    - name: web
                      kind: service
                      replicas: 7  # enough
                      run: {simulated: {}}
                    - name: mail
                      kind: consumer
                      run: {simulated: {}}
                      subscriptions: [{topic: orders, subscription: mail}]
                  activation: active
                  contract: {accepts: {orders: [v1]}}
                """)),
        Case(
            "components in another order go back to theirs, with the replicas of now",
            before: file(
                """
                  version: "1.0.0"
                  components: [{name: a, kind: service, replicas: 2, run: {simulated: {}}}, {name: b, kind: service, run: {simulated: {}}}]
                """),
            now: file(
                """
                  version: "1.0.0"
                  components: [{name: b, kind: service, replicas: 8, run: {simulated: {}}}, {name: a, kind: service, run: {simulated: {}}}]
                """),
            after: file(
                """
                  version: "1.0.0"
                  components: [{name: a, kind: service, run: {simulated: {}}}, {name: b, kind: service, replicas: 8, run: {simulated: {}}}]
                """)),
        Case(
            "a kind that changed, which no single edit could change",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: mail, kind: service, run: {simulated: {}}}
                """),
            now: file(
                """
                  version: "1.1.0"
                  components:
                    - {name: mail, kind: consumer, run: {simulated: {}}, subscriptions: [{topic: orders, subscription: mail}]}
                  contract:
                    accepts: {orders: [v1, v2]}
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: mail, kind: service, run: {simulated: {}}}
                """)),
        Case(
            "a contract that changed",
            before: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {}}}
                  contract:
                    publishes: {orders: [v1]}
                """),
            now: file(
                """
                  version: "1.1.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {}}}
                  contract:
                    # For the mailer.
                    publishes: {orders: [v2], clicks: [v1]}
                    accepts: {}
                """),
            after: file(
                """
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, run: {simulated: {}}}
                  contract:
                    # For the mailer.
                    publishes: {orders: [v1]}
                """)),
    ]

    static func digest(of text: String) throws -> Digest {
        let file = ManifestDecoder.decode(bytes: Array(text.utf8), path: "shop.yaml")
        for document in file.documents {
            if case .application(let declared) = document.value { return declared.application.release.digest }
        }
        throw ManifestEditError.invalid(file.findings)
    }

    @Test(arguments: cases)
    func theReleaseIsRestoredAndAllElseStays(_ example: Case) throws {
        let restoration = try ReleaseRestoration(
            of: "shop", to: try Self.digest(of: example.before), from: Array(example.before.utf8))
        let edited = try restoration.applied(to: Array(example.now.utf8), path: "shop.yaml")
        #expect(String(decoding: edited, as: UTF8.self) == example.after)
        #expect(try Self.digest(of: example.after) == Self.digest(of: example.before))
        // Doing it again changes nothing.
        #expect(try restoration.applied(to: edited, path: "shop.yaml") == edited)
    }

    @Test func whatCannotBeRestoredIsRefused() throws {
        let (before, now) = (Self.cases[0].before, Self.cases[0].now)
        let digest = try Self.digest(of: before)
        #expect(throws: ManifestEditError.self) {
            try ReleaseRestoration(of: "shop", to: digest, from: Array(now.utf8))
        }
        #expect(throws: ManifestEditError.noDocument(.application, "store")) {
            try ReleaseRestoration(of: "store", to: digest, from: Array(before.utf8))
        }
        let restoration = try ReleaseRestoration(of: "shop", to: digest, from: Array(before.utf8))
        let broken = now.replacing("kind: service", with: "kin: service")
        #expect(throws: ManifestEditError.self) { try restoration.applied(to: Array(broken.utf8), path: "shop.yaml") }
        #expect(throws: ManifestEditError.noDocument(.application, "shop")) {
            try restoration.applied(to: Array("a: 1\n".utf8), path: "shop.yaml")
        }
    }
}
