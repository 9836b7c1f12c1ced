package import Logging
package import Signal

/// Which instances are listened for.
package struct Listening {
    private struct Open {
        var instance: AgentInstance
        var listener: EndpointServer.Listener
    }

    let server: EndpointServer
    let logger: Logger
    private let address: @Sendable (Registration) -> ListenAddress
    private var open: [String: Open] = [:]
    /// What could not be listened for, and why; tried again on every look.
    private var failed: [String: String] = [:]

    /// Listens for each instance where it is registered, unless another address is named.
    package init(
        server: EndpointServer, logger: Logger,
        address: @escaping @Sendable (Registration) -> ListenAddress = { $0.listen }
    ) {
        self.address = address
        self.server = server
        self.logger = logger
    }

    /// Listens for these, and no others.
    package mutating func follow(_ instances: [AgentInstance]) async {
        let wanted = Dictionary(uniqueKeysWithValues: instances.map { ($0.registration.instance, $0) })
        for (name, one) in open where wanted[name] !== one.instance {
            await server.close(one.listener)
            open[name] = nil
            if wanted[name] == nil { logger.info("\(name): gone") }
        }
        failed = failed.filter { wanted[$0.key] != nil }
        for instance in instances where open[instance.registration.instance] == nil {
            let (name, address) = (instance.registration.instance, address(instance.registration))
            do {
                open[name] = Open(instance: instance, listener: try await server.open(instance, at: address))
                failed[name] = nil
                logger.info("\(name): \(address.text)")
            } catch {
                if failed.updateValue(error.description, forKey: name) != error.description {
                    logger.warning("\(name): \(error)")
                }
            }
        }
    }

    /// Listens for none.
    package mutating func end() async {
        for one in open.values { await server.close(one.listener) }
        open = [:]
    }
}
