/// What a file may cost at most. A manifest comes from outside.
package enum Bounds {
    /// Bytes of a file.
    package static let file = 1 << 20
    /// Bytes of a file that is looked through for whether it is Sluice's at all; a larger one counts as such.
    package static let otherFile = 16 << 20
    /// Bytes of one scalar.
    package static let scalar = 64 << 10
    /// Mappings and sequences that stand in each other.
    package static let depth = 32
    /// Lines that declare a tag, in documents that are not Sluice's.
    package static let directives = 1000
    /// Findings that are kept of one file.
    package static let findings = 100
}
