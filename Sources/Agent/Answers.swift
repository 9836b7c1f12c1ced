import NIOCore
import Signal

/// What an instance's endpoint answers, as bytes that are made when the state changes and not when it is asked for.
struct Answers: Sendable {
    /// One path's.
    struct Resource: Sendable {
        /// The entity tag with its quotes: the same for the same body, in any life of the agent.
        var tag: [UInt8]
        /// A whole response, with its body.
        var full: ByteBuffer
        /// The response to somebody who has the body.
        var notModified: ByteBuffer
        /// As ``full``, up to the end of its header's last line.
        var head: ByteBuffer
        var body: ByteBuffer

        init(body text: String) {
            let tag = "\"\(hexadecimal(fingerprint(text.utf8)))\""
            let shared = "ETag: \(tag)\r\nCache-Control: no-cache\r\n"
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\(shared)"
            self.tag = Array(tag.utf8)
            self.head = ByteBuffer(string: head)
            body = ByteBuffer(string: text)
            full = ByteBuffer(string: head + "\r\n" + text)
            notModified = ByteBuffer(string: "HTTP/1.1 304 Not Modified\r\n\(shared)\r\n")
        }

        /// A whole response that says how old it is, in seconds.
        func full(age: Int) -> ByteBuffer {
            var response = head
            response.writeString("Age: \(max(0, age))\r\n\r\n")
            response.writeImmutableBuffer(body)
            return response
        }
    }

    /// Of `/sidecar/v1/elevation/active`.
    var active: Resource
    /// Of `/sidecar/v1/elevation`.
    var whole: Resource
    /// Since when the source is gone, in seconds since 1970; nil while it is there.
    var staleSince: Int?

    /// The answers of an instance that is told this.
    init(_ state: ElevationState, staleSince: Int?) {
        active = Resource(body: "{\"active\":\(state.isActive)}")
        var json = state.json
        if let staleSince {
            json.removeLast()
            json += ",\"staleSince\":\"\(AgentTime.text(staleSince))\"}"
        }
        whole = Resource(body: json)
        self.staleSince = staleSince
    }

    /// One path's.
    subscript(path: PollRequest.Path) -> Resource { path == .active ? active : whole }
}

/// FNV-1a with 64 bits.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
