// swift-tools-version: 6.2
import PackageDescription

// Declared once, applied to every Swift target below.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .library(name: "SluiceClient", targets: ["SluiceClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "Basics"),
        .testTarget(name: "BasicsTests", dependencies: ["Basics"]),
        .target(name: "Core"),
        .target(name: "Signal"),
        .target(name: "SluiceClient", dependencies: ["Signal"]),
        .target(
            name: "Agent",
            dependencies: [
                "Signal", "Git", "SluiceClient",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "Signal", "TestSupport", "sluice",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(name: "Manifests", dependencies: ["Basics", "Core", "CYAML"]),
        .target(name: "Git", dependencies: ["Basics", "CGit2"]),
        .target(
            name: "Supervision",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(
            name: "Reconciler",
            dependencies: [
                "Core", "Supervision",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "Evidence", dependencies: ["Basics", "Core"]),
        .target(name: "Simulator", dependencies: ["Core", "Evidence"]),
        .target(name: "Repository", dependencies: ["Basics", "Core", "Git", "Manifests", "Reconciler"]),
        .target(
            name: "Serving",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "Routing",
            dependencies: [
                "Core", "Git", "Manifests", "Reconciler", "Repository", "Serving", "Signal",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "Gates",
            dependencies: [
                "Core", "Evidence", "Reconciler",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "Platforms",
            dependencies: [
                "Basics", "CSpawn", "Core", "Gates", "Reconciler", "Serving", "Signal", "Simulator",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "SupervisionTests",
            dependencies: ["Supervision", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .testTarget(
            name: "ReconcilerTests",
            dependencies: [
                "Core", "Reconciler", "Supervision",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "Conformance", dependencies: ["Core", "Reconciler", "Signal"], path: "Tests/Conformance"),
        .testTarget(name: "EvidenceTests", dependencies: ["Core", "Evidence"]),
        .testTarget(
            name: "GatesTests",
            dependencies: [
                "Conformance", "Core", "Gates", "Platforms", "Reconciler", "Simulator", "TestSupport",
            ]
        ),
        .testTarget(
            name: "RepositoryTests",
            dependencies: [
                "Conformance", "Core", "Git", "Manifests", "Reconciler", "Repository", "TestSupport", "sluice",
            ]
        ),
        .testTarget(
            name: "RoutingTests",
            dependencies: [
                "Agent", "Conformance", "Core", "Git", "Platforms", "Reconciler", "Routing", "Signal", "Simulator",
                "TestSupport", "sluice",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "PlatformsTests",
            dependencies: [
                "Agent", "Conformance", "Core", "Gates", "Git", "Manifests", "Platforms", "Reconciler", "Repository",
                "Routing",
                "Signal", "Simulator", "Supervision", "TestSupport", "sluice",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(name: "Rehearsal", dependencies: ["Core", "Simulator"]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "Agent", "Basics", "Core", "Signal", "Evidence", "Gates", "Git", "Manifests", "Platforms", "Reconciler",
                "Repository", "Routing", "Serving", "Rehearsal",
                "Simulator", "Supervision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "switchboard",
            dependencies: [
                "SluiceClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Examples/switchboard/web"
        ),
        .target(name: "SimulationKit", dependencies: ["Core", "Signal", "Simulator"], path: "Tests/SimulationKit"),
        .executableTarget(
            name: "sluice-simulation",
            dependencies: [
                "Core", "SimulationKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/SimulationRunner"
        ),
        .target(name: "StudyKit", dependencies: ["Core", "Evidence", "Simulator"], path: "Tests/StudyKit"),
        .executableTarget(
            name: "sluice-benchmarks",
            dependencies: [
                "Agent", "CYAML", "Core", "Signal", "Evidence", "Gates", "Git", "Manifests", "Platforms", "Reconciler",
                "Repository", "Routing", "Serving", "Simulator",
                "SluiceClient", "StudyKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Benchmarks"
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "Core", "Git", "Platforms", "Reconciler", "Repository", "Simulator",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "CoreTests", dependencies: ["Core"]),
        .testTarget(name: "DocsTests", dependencies: ["Core", "SimulationKit", "sluice"]),
        .testTarget(name: "SignalTests", dependencies: ["Signal"]),
        .testTarget(name: "SluiceClientTests", dependencies: ["Signal", "SluiceClient", "TestSupport"]),
        .testTarget(name: "GitTests", dependencies: ["Git", "TestSupport", "sluice"]),
        .testTarget(name: "RehearsalTests", dependencies: ["Core", "Rehearsal", "Simulator"]),
        .testTarget(name: "SluiceTests", dependencies: ["Basics", "TestSupport", "sluice"]),
        .testTarget(name: "ManifestsTests", dependencies: ["Core", "Manifests"]),
        .testTarget(name: "StudyTests", dependencies: ["Core", "Manifests", "StudyKit", "sluice"]),
        .testTarget(name: "SimulationTests", dependencies: ["Core", "SimulationKit", "Simulator"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = settings
}
