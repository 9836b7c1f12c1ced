/// Why a record could not be kept: one sentence that names the file and says what to do.
package struct SupervisionError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}
