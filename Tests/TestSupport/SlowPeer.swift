import Glibc

/// What a slow server does before it goes on. It is part of what is tested, and no way to wait for anything.
///
/// - Parameter milliseconds: how long it does nothing, at least.
package func dawdle(milliseconds: Int32) {
    _ = poll(nil, 0, milliseconds)
}

/// ``eventually(_:isolation:_:)`` for whoever cannot wait in any other way than by standing still.
///
/// - Throws: ``Never`` after some minutes, or what `holds` throws.
package func eventuallyStanding(_ what: String = "it is so", _ holds: () throws -> Bool) throws {
    for _ in 0..<20_000 {
        if try holds() { return }
        _ = poll(nil, 0, 5)
    }
    throw NeverCame(description: "never: \(what)")
}
