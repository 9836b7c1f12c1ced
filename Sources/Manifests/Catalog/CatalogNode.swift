/// A name's position among the catalogue's nodes. It is reused once nobody declares the name or refers to it.
typealias NodeID = Int32

/// What the catalogue knows of a name that is declared, referred to, or both.
///
/// There is one for each application: what all of them have costs memory, what few have stands in the catalogue's tables.
struct CatalogNode: Sendable {
    /// What the update that is under way has to do with the node; empty between updates.
    struct Work: OptionSet, Sendable {
        let rawValue: UInt8

        /// A file that declares it, or did, has changed.
        static let touched = Work(rawValue: 1)
        /// It stands in the queue.
        static let waiting = Work(rawValue: 2)
        static let judged = Work(rawValue: 4)
        /// The application's entry has changed.
        static let changed = Work(rawValue: 8)
    }

    let name: String
    let kind: Kind
    var work: Work = []
    var places = CatalogPlaces()
    /// Who refers to it, whether it is declared or not.
    var users: Set<NodeID> = []

    init(_ key: CatalogKey) {
        name = key.name
        kind = key.kind
    }

    var key: CatalogKey { CatalogKey(kind: kind, name: name) }
    var isLoose: Bool { places.isEmpty && users.isEmpty }
}

/// Where a name is declared, with and without errors, sorted. Nearly always that is one place, held without an array.
struct CatalogPlaces: Sendable {
    private(set) var first: CatalogPlace?
    private var others: [CatalogPlace] = []

    init() {}

    var isEmpty: Bool { first == nil }
    /// The one place; nil where there is none, or there are several.
    var only: CatalogPlace? { others.isEmpty ? first : nil }
    var all: [CatalogPlace] { (first.map { [$0] } ?? []) + others }

    mutating func insert(_ place: CatalogPlace) {
        guard let first else {
            self.first = place
            return
        }
        if place < first {
            self.first = place
            others.insert(first, at: 0)
        } else {
            others.insert(place, at: position(of: place))
        }
    }

    /// Where a place comes among the others. A name may be declared in as many places as a repository has documents.
    private func position(of place: CatalogPlace) -> Int {
        if let last = others.last, !(place < last) { return others.count }
        var (low, high) = (0, others.count)
        while low < high {
            let middle = (low + high) / 2
            if place < others[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }

    mutating func removeAll(in file: CatalogFile) {
        if others.isEmpty {
            if first?.file === file { first = nil }
            return
        }
        let left = all.filter { $0.file !== file }
        first = left.first
        others = Array(left.dropFirst())
    }
}
