package import Signal

/// Envoy's filesystem configuration, for machines where the workers' sidecar is an Envoy: what the agent's own endpoint
/// would answer, as `direct_response` routes.
///
/// Envoy is started once with ``bootstrap``, and takes up `listeners.json` and `clusters.json` whenever they are renamed
/// into the folder. A poll that carries a worker's report goes on to the agent, by the cluster of its instance; any
/// other is answered by Envoy alone.
package struct EnvoyFiles: Sendable {
    /// A service, and what each of its sides gets.
    package struct Split: Hashable, Sendable {
        package var service: RoutedService
        /// Percent of requests, which sum to 100.
        package var weights: PerSide<Int>

        package init(_ service: RoutedService, weights: PerSide<Int>) {
            self.service = service
            self.weights = weights
        }
    }

    /// An instance, as it is told now.
    package struct Elevated: Hashable, Sendable {
        package var state: ElevationState
        /// Where its worker asks.
        package var listen: ListenAddress
        /// Where the agent hears its reports.
        package var agent: ListenAddress

        package init(state: ElevationState, listen: ListenAddress, agent: ListenAddress) {
            self.state = state
            self.listen = listen
            self.agent = agent
        }
    }

    /// Absolute.
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// What Envoy is started with: `envoy --config-path FOLDER/bootstrap.json`.
    package func bootstrap(node: String) -> String {
        func source(_ name: String) -> EnvoyText {
            .object([
                ("resource_api_version", .text("V3")),
                (
                    "path_config_source",
                    .object([
                        ("path", .text("\(folder)/\(name).json")),
                        ("watched_directory", .object([("path", .text(folder))])),
                    ])
                ),
            ])
        }
        return EnvoyText.object([
            ("node", .object([("id", .text(node)), ("cluster", .text("sluice"))])),
            (
                "dynamic_resources",
                .object([("lds_config", source("listeners")), ("cds_config", source("clusters"))])
            ),
        ]).json
    }

    /// Replaces what differs from the folder's files: clusters first, since listeners name them.
    package func write(node: String, _ instances: [Elevated], _ splits: [Split]) throws {
        let files = [
            ("bootstrap", bootstrap(node: node)),
            ("clusters", Self.discovery(Self.clusters(instances, splits))),
            ("listeners", Self.discovery(Self.listeners(instances, splits))),
        ]
        for (name, text) in files {
            let path = "\(folder)/\(name).json"
            let known = try? LocalFile.read(path, limit: 64 << 20)
            if known != Array(text.utf8) { try LocalFile.replace(path, with: text.utf8) }
        }
    }

    /// A response of the discovery service; its version is its content's.
    private static func discovery(_ resources: [EnvoyText]) -> String {
        let text = EnvoyText.list(resources).json
        return "{\"version_info\":\"\(hexadecimal(fingerprint(text.utf8)))\",\"resources\":\(text)}\n"
    }
}
