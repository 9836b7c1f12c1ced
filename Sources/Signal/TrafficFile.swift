/// The signal by which a web application learns where its requests go: one file for each application.
///
/// Readers follow ``weights`` and compare files by ``order``. The other fields are the writer's own bookkeeping, or are
/// there for people. `docs/traffic.md` describes the format.
public struct TrafficFile: Hashable, Sendable {
    /// What stands on a side.
    public struct Standing: Hashable, Sendable {
        /// The platform's name for the place.
        public var namespace: String
        /// The release's version.
        public var version: String

        /// A release in its namespace.
        public init(namespace: String, version: String) {
            self.namespace = namespace
            self.version = version
        }
    }

    /// An attempt to release: what was to run, and the commit that introduced it.
    public struct Attempt: Hashable, Sendable {
        /// The release's digest, in hexadecimal.
        public var digest: String
        /// A commit of the manifests.
        public var introduced: String

        /// A release as a commit introduced it.
        public init(digest: String, introduced: String) {
            self.digest = digest
            self.introduced = introduced
        }
    }

    /// The place of a file among those that were written for its application.
    public struct Order: Hashable, Comparable, Sendable {
        /// Counts first.
        public var epoch: Int
        /// Counts within an epoch.
        public var generation: Int

        /// The place of one file.
        public init(epoch: Int, generation: Int) {
            self.epoch = epoch
            self.generation = generation
        }

        /// Whether `a` was written before `b`.
        public static func < (a: Order, b: Order) -> Bool { (a.epoch, a.generation) < (b.epoch, b.generation) }
    }

    /// Its name, a DNS label.
    public var application: String
    /// The fleet that it belongs to.
    public var environment: String
    /// Leadership that wrote it last.
    public var epoch: Int
    /// Position of the last change among those of its epoch. An older one is refused by the writer.
    public var sequence: Int
    /// Grows by one whenever weights or actives change, and never falls within an epoch.
    public var generation: Int
    /// Percent of requests for each side, which sum to 100; nil where the application has no route: nothing serves.
    public var weights: PerSide<Int>?
    /// How many replicas of each consumer component are to take messages, by side.
    public var actives: [String: PerSide<Int>] = [:]
    /// The attempt that this route turned away from.
    public var rejecting: Attempt?
    /// The commit of the manifests that gave rise to it.
    public var revision: String?
    /// The stage of the rollout under way.
    public var stage: String?
    /// The version that serves, or is on its way to.
    public var release: String?
    /// What stands on each side.
    public var sides = PerSide<Standing?>(flip: nil, flop: nil)
    /// When it was written: RFC 3339 in UTC.
    public var writtenAt: String

    /// The version of the format that is written and read here.
    public static let version = 1
    /// Largest file that is read or written, in bytes.
    public static let limit = 65_536

    /// The last epoch, sequence and generation that a file can have: as far as every reader of JSON counts exactly.
    public static let last = Fields.mostWhole

    /// Its place among the files of its application.
    public var order: Order { Order(epoch: epoch, generation: generation) }

    /// A file that routes nothing yet.
    public init(
        application: String, environment: String, epoch: Int, sequence: Int, generation: Int, writtenAt: String
    ) {
        self.application = application
        self.environment = environment
        self.epoch = epoch
        self.sequence = sequence
        self.generation = generation
        self.writtenAt = writtenAt
    }
}
