/// Why bytes are not a traffic file that can be followed.
public enum TrafficFileError: Error, Hashable, Sendable {
    /// More bytes than ``TrafficFile/limit``.
    case tooLarge(Int)
    /// No JSON, or cut off: the byte at which it goes wrong, from 0, and what is wrong there.
    case malformed(at: Int, String)
    /// JSON that says something impossible.
    case invalid(String)
    /// A later version of the format, whose meaning is not known here.
    case fromTheFuture(version: Int)
}

extension TrafficFileError: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .tooLarge(let size): "it has \(size) bytes, more than the \(TrafficFile.limit) allowed"
        case .malformed(let place, let what): "at byte \(place): \(what)"
        case .invalid(let what): what
        case .fromTheFuture(let version):
            "its version \(version) is later than \(TrafficFile.version), the latest that is understood here"
        }
    }
}
