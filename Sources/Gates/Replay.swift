package import Core
import Foundation

/// Historical requests from a JSON Lines file, and which of them an attempt is tried with.
package enum Replay {
    /// Bytes of a file and of a line, and lines, that are read at most.
    package static let fileLimit = 10 << 20
    package static let lineLimit = 64 << 10
    package static let countLimit = 200_000

    /// A request as it was once made.
    package struct Request: Hashable, Sendable, Decodable {
        package var method: String
        package var path: String
        package var headers: [String: String]?
        package var body: String?
        /// What was answered; nil accepts anything below 500.
        package var status: Int?
    }

    /// The requests that the attempt is tried with: the same ones each time, others for another attempt.
    ///
    /// - Parameters:
    ///   - file: where the bytes are from, for messages.
    ///   - bytes: one JSON object a line; empty lines are skipped.
    ///   - count: how many.
    ///   - attempt: what chooses, together with a line's number.
    /// - Returns: in the order of the file.
    /// - Throws: `.refused`, with the line, where one is too long or no request.
    package static func sample(
        _ file: String, _ bytes: [UInt8], count: Int, for attempt: Attempt
    ) throws(EffectFailure) -> [Request] {
        let seed = seed(of: attempt)
        var ranked: [(rank: UInt64, line: Int, range: Range<Int>)] = []
        var (start, number) = (0, 0)
        while start < bytes.count {
            number += 1
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            defer { start = end + 1 }
            guard end - start <= lineLimit else {
                throw EffectFailure(.refused, "\(file):\(number): this line is longer than 64 KiB")
            }
            if bytes[start..<end].allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { continue }
            ranked.append((rank(number, seed), number, start..<end))
            guard ranked.count <= countLimit else {
                throw EffectFailure(.refused, "\(file) holds more than \(countLimit) requests")
            }
        }
        ranked.sort { ($0.rank, $0.line) < ($1.rank, $1.line) }
        var requests: [Request] = []
        for entry in ranked.prefix(count).sorted(by: { $0.line < $1.line }) {
            requests.append(try request(bytes[entry.range], "\(file):\(entry.line)"))
        }
        return requests
    }

    private static func request(_ line: ArraySlice<UInt8>, _ place: String) throws(EffectFailure) -> Request {
        guard let request = try? JSONDecoder().decode(Request.self, from: Data(line)) else {
            throw EffectFailure(.refused, "\(place): not a request: {\"method\": …, \"path\": …} and what goes with it")
        }
        let method = request.method.utf8
        guard (1...16).contains(method.count), method.allSatisfy({ (65...90).contains($0) }) else {
            throw EffectFailure(.refused, "\(place): the method is not in capital letters")
        }
        guard request.path.utf8.first == UInt8(ascii: "/"), request.path.utf8.count <= 8192,
            request.path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            throw EffectFailure(.refused, "\(place): the path is not one: from /, percent-encoded, at most 8192 bytes")
        }
        for (name, value) in request.headers ?? [:] {
            let isSafe = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            guard isSafe, !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3a }) else {
                throw EffectFailure(.refused, "\(place): a header's name or value is not one")
            }
        }
        return request
    }

    /// FNV-1a over what names the attempt.
    private static func seed(of attempt: Attempt) -> UInt64 {
        "\(attempt.digest)\(attempt.introduced)".utf8.reduce(0xcbf2_9ce4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
    }

    /// The line's number, mixed with the seed as SplitMix64 does.
    private static func rank(_ line: Int, _ seed: UInt64) -> UInt64 {
        var z = seed &+ UInt64(line) &* 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
