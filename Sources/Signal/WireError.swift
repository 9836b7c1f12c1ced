/// Why bytes are nothing of the signal that can be followed.
public enum WireError: Error, Hashable, Sendable {
    /// More bytes than are read.
    case tooLarge(Int, limit: Int)
    /// No JSON, or cut off: the byte at which it goes wrong, from 0, and what is wrong there.
    case malformed(at: Int, String)
    /// JSON that says something impossible.
    case invalid(String)
    /// A later version of the format, whose meaning is not known here.
    case fromTheFuture(version: Int)
}

extension WireError: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .tooLarge(let size, let limit): "it has \(size) bytes, more than the \(limit) allowed"
        case .malformed(let place, let what): "at byte \(place): \(what)"
        case .invalid(let what): what
        case .fromTheFuture(let version):
            "its version \(version) is later than \(TrafficFile.version), the latest that is understood here"
        }
    }
}
