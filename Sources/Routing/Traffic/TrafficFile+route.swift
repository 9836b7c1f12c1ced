import Core
package import Signal

extension TrafficFile {
    /// The route as Core knows it; nil where there is none.
    var route: Route? {
        guard let weights, let shares = Weights(flip: weights.flip, flop: weights.flop) else { return nil }
        let attempt = rejecting.flatMap { rejecting in
            Digest(hex: rejecting.digest).map { Core.Attempt(digest: $0, introduced: rejecting.introduced) }
        }
        return Route(
            weights: shares,
            actives: actives.mapValues { Core.PerSide(flip: $0.flip, flop: $0.flop) }, rejecting: attempt)
    }

    /// Takes over a route, and what goes with it.
    mutating func set(_ route: Route?, _ context: TrafficContext) {
        weights = route.map { Signal.PerSide(flip: $0.weights.flip, flop: $0.weights.flop) }
        actives = (route?.actives ?? [:]).mapValues { Signal.PerSide(flip: $0.flip, flop: $0.flop) }
        rejecting = route?.rejecting.map {
            TrafficFile.Attempt(digest: $0.digest.description, introduced: $0.introduced)
        }
        revision = context.revision
        stage = context.stage
        release = context.release
        sides = context.sides
    }

    /// What a reader follows; while that is the same nothing has to propagate.
    var followed: Followed { Followed(weights: weights, actives: actives) }

    struct Followed: Hashable {
        var weights: Signal.PerSide<Int>?
        var actives: [String: Signal.PerSide<Int>]
    }

    /// `flip 90%, flop 10%`
    var shares: String { weights.map { "flip \($0.flip)%, flop \($0.flop)%" } ?? "no route" }

    /// `search: flip 90%, flop 10% (stage early, 4.2.0)`
    package var summary: String {
        guard weights != nil else { return "\(application): no route" }
        let about = [stage.map { "stage \($0)" }, release].compactMap { $0 }.joined(separator: ", ")
        return "\(application): \(shares)" + (about.isEmpty ? "" : " (\(about))")
    }
}
