/// What is sent down to a machine's agent: what its instances are told.
public struct MachineElevations: Hashable, Sendable {
    /// Whether these are all that concern the machine; otherwise they are those of the applications that changed.
    public var isFull: Bool
    /// Sorted by instance.
    public var states: [ElevationState]

    /// Largest text that is read, in bytes: some ten thousand instances.
    public static let limit = 4 << 20

    /// One message.
    public init(isFull: Bool, states: [ElevationState]) {
        self.isFull = isFull
        self.states = states
    }

    /// Reads a message.
    public init(json bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(json: bytes, limit: Self.limit)
        isFull = try fields.flag("full")
        states = []
        for state in try fields.list("states") { states.append(try ElevationState(state)) }
    }

    /// One line of JSON, as an event's data has to be.
    public var json: String { "{\"full\":\(isFull),\"states\":[\(states.map(\.json).joined(separator: ","))]}" }
}

/// What a machine's agent knows of one instance.
public struct InstanceReport: Hashable, Sendable {
    /// As in ``ElevationState/instance``.
    public var instance: String
    /// A DNS label.
    public var application: String
    /// A component of the application.
    public var component: String
    /// Where the instance's release stands.
    public var side: Side
    /// The release's version.
    public var version: String
    /// The last that the worker said; nil where it has said nothing yet.
    public var worker: WorkerReport?
    /// What its agent tells it; nil where nothing was ever said of it.
    public var told: Told?
    /// Whether it is gone: its process has ended, and it takes and holds nothing any more.
    public var isGone: Bool

    /// The part of an ``ElevationState`` that a daemon has to know which did not tell it itself.
    public struct Told: Hashable, Sendable {
        /// As in ``ElevationState/isActive``.
        public var isActive: Bool
        /// As in ``ElevationState/since``.
        public var since: String
        /// As in ``ElevationState/order``.
        public var order: ElevationState.Order

        /// What an instance is told.
        public init(_ state: ElevationState) { (isActive, since, order) = (state.isActive, state.since, state.order) }

        init(_ fields: Fields) throws(WireError) {
            isActive = try fields.flag("active")
            since = try fields.text("since")
            order = ElevationState.Order(epoch: try fields.whole("epoch"), sequence: try fields.whole("sequence"))
        }

        var json: String {
            "{\"active\":\(isActive),\"since\":\(quote(since)),\"epoch\":\(order.epoch),\"sequence\":\(order.sequence)}"
        }
    }

    /// One instance.
    public init(
        instance: String, application: String, component: String, side: Side, version: String,
        worker: WorkerReport? = nil, told: Told? = nil, isGone: Bool = false
    ) {
        self.told = told
        self.instance = instance
        self.application = application
        self.component = component
        self.side = side
        self.version = version
        self.worker = worker
        self.isGone = isGone
    }

    init(_ fields: Fields) throws(WireError) {
        instance = try fields.name("instance")
        application = try fields.text("application")
        component = try fields.text("component")
        side = try fields.side("side")
        version = try fields.text("version")
        isGone = try fields.flag("gone")
        told = try fields.object("told").map { told throws(WireError) in try Told(told) }
        worker = nil
        guard let text = try fields.textIfAny("worker") else { return }
        guard let read = WorkerReport(text: text) else { throw .invalid("\(fields.path)worker is no worker's report") }
        worker = read
    }

    var json: String {
        "{\"instance\":\(quote(instance)),\"application\":\(quote(application)),\"component\":\(quote(component)),"
            + "\"side\":\(quote(side.rawValue)),\"version\":\(quote(version)),"
            + (worker.map { "\"worker\":\(quote($0.text))," } ?? "") + (told.map { "\"told\":\($0.json)," } ?? "")
            + "\"gone\":\(isGone)}"
    }
}

/// What is sent up by a machine's agent, as one for all that changed since the last.
public struct MachineReport: Hashable, Sendable {
    /// As in ``InstanceName``.
    public var machine: String
    /// Whether these are all instances of the machine; otherwise they are those that changed.
    public var isFull: Bool
    /// Sorted by instance.
    public var instances: [InstanceReport]

    /// One report.
    public init(machine: String, isFull: Bool, instances: [InstanceReport]) {
        self.machine = machine
        self.isFull = isFull
        self.instances = instances
    }

    /// Reads a report.
    public init(json bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(json: bytes, limit: MachineElevations.limit)
        machine = try fields.name("machine")
        isFull = try fields.flag("full")
        instances = []
        for instance in try fields.list("instances") { instances.append(try InstanceReport(instance)) }
    }

    /// One line of JSON.
    public var json: String {
        "{\"machine\":\(quote(machine)),\"full\":\(isFull),"
            + "\"instances\":[\(instances.map(\.json).joined(separator: ","))]}"
    }
}
