import Signal

extension EnvoyFiles {
    private static let types = "type.googleapis.com/envoy"

    static func listeners(_ instances: [Elevated], _ splits: [Split]) -> [EnvoyText] {
        instances.map { one in
            listener(
                one.state.instance, one.listen, hosts: one.listen.hosts,
                routes: [
                    route(path: "/sidecar/v1/elevation/active", reportsTo: one),
                    route(path: "/sidecar/v1/elevation", reportsTo: one),
                    answer(path: "/sidecar/v1/elevation/active", "{\"active\":\(one.state.isActive)}"),
                    answer(path: "/sidecar/v1/elevation", one.state.json),
                ])
        }
            + splits.map { split in
                listener(
                    "service-\(split.service.application)", split.service.listen, hosts: ["*"],
                    routes: [route(by: split)])
            }
    }

    static func clusters(_ instances: [Elevated], _ splits: [Split]) -> [EnvoyText] {
        instances.map { cluster("agent-\($0.state.instance)", place($0.agent)) }
            + splits.flatMap { split in
                Side.allCases.map {
                    cluster(
                        "\(split.service.application)-\($0.rawValue)",
                        socket(split.service.upstreams[$0].host, split.service.upstreams[$0].port), resolves: true)
                }
            }
    }

    /// A listener, its connection manager and its one virtual host; `hosts` is what `Host` has to be.
    private static func listener(
        _ name: String, _ address: ListenAddress, hosts: [String], routes: [EnvoyText]
    ) -> EnvoyText {
        let virtualHost = EnvoyText.object([
            ("name", .text(name)), ("domains", .list(hosts.map(EnvoyText.text))), ("routes", .list(routes)),
        ])
        let manager = EnvoyText.object([
            (
                "@type",
                .text("\(types).extensions.filters.network.http_connection_manager.v3.HttpConnectionManager")
            ),
            ("stat_prefix", .text(name)),
            ("route_config", .object([("name", .text(name)), ("virtual_hosts", .list([virtualHost]))])),
            (
                "http_filters",
                .list([
                    .object([
                        ("name", .text("router")),
                        (
                            "typed_config",
                            .object([("@type", .text("\(types).extensions.filters.http.router.v3.Router"))])
                        ),
                    ])
                ])
            ),
        ])
        let filter = EnvoyText.object([("name", .text("http")), ("typed_config", manager)])
        return .object([
            ("@type", .text("\(types).config.listener.v3.Listener")), ("name", .text(name)),
            ("address", place(address)),
            ("filter_chains", .list([.object([("filters", .list([filter]))])])),
        ])
    }

    private static func answer(path: String, _ body: String) -> EnvoyText {
        .object([
            ("match", .object([("path", .text(path))])),
            (
                "direct_response",
                .object([("status", .number(200)), ("body", .object([("inline_string", .text(body))]))])
            ),
            (
                "response_headers_to_add",
                .list([
                    .object([
                        (
                            "header",
                            .object([("key", .text("content-type")), ("value", .text("application/json"))])
                        ),
                        ("append_action", .text("OVERWRITE_IF_EXISTS_OR_ADD")),
                    ])
                ])
            ),
        ])
    }

    /// What a poll with a report takes: the agent has to hear it.
    private static func route(path: String, reportsTo one: Elevated) -> EnvoyText {
        let header = EnvoyText.object([
            ("name", .text(WorkerReport.header.lowercased())), ("present_match", .bool(true)),
        ])
        return .object([
            ("match", .object([("path", .text(path)), ("headers", .list([header]))])),
            (
                "route",
                .object([
                    ("cluster", .text("agent-\(one.state.instance)")),
                    ("host_rewrite_literal", .text("localhost")), ("timeout", .text("75s")),
                ])
            ),
        ])
    }

    private static func route(by split: Split) -> EnvoyText {
        let service = split.service
        let clusters = Side.allCases.map { side in
            EnvoyText.object([
                ("name", .text("\(service.application)-\(side.rawValue)")), ("weight", .number(split.weights[side])),
            ])
        }
        return .object([
            ("match", .object([("prefix", .text("/"))])),
            ("route", .object([("weighted_clusters", .object([("clusters", .list(clusters))]))])),
        ])
    }

    private static func cluster(_ name: String, _ place: EnvoyText, resolves: Bool = false) -> EnvoyText {
        let endpoint = EnvoyText.object([("endpoint", .object([("address", place)]))])
        return .object([
            ("@type", .text("\(types).config.cluster.v3.Cluster")), ("name", .text(name)),
            ("type", .text(resolves ? "STRICT_DNS" : "STATIC")), ("connect_timeout", .text("1s")),
            // By itself Envoy takes IPv6 where a name has both, and nothing else.
            ("dns_lookup_family", .text("ALL")),
            (
                "load_assignment",
                .object([
                    ("cluster_name", .text(name)),
                    ("endpoints", .list([.object([("lb_endpoints", .list([endpoint]))])])),
                ])
            ),
        ])
    }

    private static func socket(_ host: String, _ port: UInt16) -> EnvoyText {
        .object([("socket_address", .object([("address", .text(host)), ("port_value", .number(Int(port)))]))])
    }

    private static func place(_ address: ListenAddress) -> EnvoyText {
        switch address {
        case .loopback4(let port): return socket("127.0.0.1", port)
        case .loopback6(let port): return socket("::1", port)
        case .unix(let path):
            return .object([("pipe", .object([("path", .text(path)), ("mode", .number(0o600))]))])
        }
    }
}
