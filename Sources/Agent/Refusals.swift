import NIOCore

/// What is answered to requests that are not polls, as bytes.
enum Refusals {
    static func response(to refusal: PollRequest.Refusal) -> ByteBuffer {
        switch refusal {
        case .malformed: malformed
        case .tooLarge: tooLarge
        case .wrongMethod: wrongMethod
        case .unknownPath: unknownPath
        case .wrongWait: wrongWait
        case .fromPage: fromPage
        }
    }

    static let wrongHost = make(
        "421 Misdirected Request", "Host is not this endpoint's; it is the address that the instance listens at.")

    private static let malformed = make(
        "400 Bad Request", "This is no HTTP/1.1 request without a body.", header: "Connection: close\r\n")
    private static let tooLarge = make(
        "431 Request Header Fields Too Large", "A request has at most \(PollRequest.limit) bytes.",
        header: "Connection: close\r\n")
    private static let wrongMethod = make(
        "405 Method Not Allowed", "Only GET is answered.", header: "Allow: GET\r\nConnection: close\r\n")
    private static let unknownPath = make(
        "404 Not Found", "There is /sidecar/v1/elevation/active and /sidecar/v1/elevation.")
    private static let fromPage = make("403 Forbidden", "This is for workers, and for no page in a browser.")
    private static let wrongWait = make("400 Bad Request", "wait is a whole number of seconds.")

    private static func make(_ status: String, _ text: String, header: String = "") -> ByteBuffer {
        ByteBuffer(
            string: "HTTP/1.1 \(status)\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: \(text.utf8.count + 1)\r\n\(header)\r\n\(text)\n")
    }
}
