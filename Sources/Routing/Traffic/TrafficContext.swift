package import Core
import Signal

/// What a traffic file tells people besides the weights: which revision, stage and releases they are about.
package struct TrafficContext: Sendable {
    var revision: String?
    var stage: String?
    var release: String?
    var sides = Signal.PerSide<TrafficFile.Standing?>(flip: nil, flop: nil)

    /// Nothing is known.
    package init() {}

    /// What the record of an application's progress says.
    package init(_ status: Status) {
        let leading = status.rollback == nil ? status.candidate ?? status.stable : status.stable
        revision = leading?.revision ?? status.observedRevision
        stage = status.rollback == nil ? status.stage?.name : nil
        release = leading?.release.release.version
        for placement in [status.retained?.placement, status.candidate, status.stable].compactMap({ $0 }) {
            let standing = TrafficFile.Standing(
                namespace: placement.namespace, version: placement.release.release.version)
            if placement.side == .flip { sides.flip = standing } else { sides.flop = standing }
        }
    }
}
