internal import Core

/// What one update has to look at again. Which nodes those are is marked at the nodes.
struct CatalogWork: Sendable {
    /// A name as it was declared before the update.
    struct Before {
        var places: CatalogPlaces
        var targets: Set<NodeID>
    }

    var touched: [NodeID] = []
    /// Of those that were declared.
    var before: [NodeID: Before] = [:]
    var queue: [NodeID] = []
    var position = 0
    var judged: [NodeID] = []
    /// Of what was judged: problems before the update.
    var problems: [NodeID: Finding] = [:]
    /// What is perhaps neither declared nor referred to any more.
    var loose: [NodeID] = []
}
