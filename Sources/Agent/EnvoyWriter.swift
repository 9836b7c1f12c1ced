import Logging
import Signal

/// Keeps Envoy's files to what the board says, one writing at a time.
actor EnvoyWriter {
    private let files: EnvoyFiles
    private let machine: String
    private let sockets: String
    private let logger: Logger
    private var failure: String?
    private var written: [EnvoyFiles.Elevated]?
    private var splits: [EnvoyFiles.Split] = []

    /// - Parameters:
    ///   - files: the folder that Envoy watches.
    ///   - machine: as in `InstanceName`.
    ///   - sockets: an absolute folder for the sockets at which the agent hears reports.
    ///   - logger: told when the files cannot be written.
    init(_ files: EnvoyFiles, machine: String, sockets: String, logger: Logger) {
        self.files = files
        self.machine = machine
        self.sockets = sockets
        self.logger = logger
    }

    /// Where the agent hears an instance's reports, since Envoy has the instance's own address.
    static func address(of instance: String, in sockets: String) -> ListenAddress {
        .unix(path: "\(sockets)/\(hexadecimal(fingerprint(instance.utf8))).sock")
    }

    /// Writes what differs, with services divided like this.
    func follow(_ board: InstanceBoard, dividing splits: [EnvoyFiles.Split]) {
        if splits != self.splits { (self.splits, written) = (splits, nil) }
        follow(board)
    }

    /// Writes what differs.
    func follow(_ board: InstanceBoard) {
        let elevated = board.instances.map { instance in
            EnvoyFiles.Elevated(
                state: instance.state, listen: instance.registration.listen,
                agent: Self.address(of: instance.registration.instance, in: sockets))
        }
        guard elevated != written else { return }
        do {
            try files.write(node: machine, elevated, splits)
            (failure, written) = (nil, elevated)
        } catch {
            if failure != "\(error)" { logger.error("Envoy's files cannot be written: \(error)") }
            failure = "\(error)"
        }
    }
}
