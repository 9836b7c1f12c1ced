import Glibc
import SluiceClient

/// What a web application pays for each request while its traffic file stands still.
struct TrafficReading {
    let rounds: Int

    /// Requests in a round.
    private static let requests = 100_000

    func measure(_ report: inout Report) throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("search.json")
        var file = TrafficFile(
            application: "search", environment: "default", epoch: 3, sequence: 41, generation: 17,
            writtenAt: "2026-11-21T07:30:00Z")
        file.weights = PerSide(flip: 90, flop: 10)
        guard let handle = fopen(path, "w") else { throw Program.Failure(description: "\(path) cannot be written") }
        fwrite(file.json, 1, file.json.count, handle)
        fclose(handle)
        let reader = TrafficReader(path: path)
        let keys = (0..<1_000).map { "user-\($0)" }
        let hash = KeyHash(application: "search")
        var (whole, looks, hashes): ([Double], [Double], [Double]) = ([], [], [])
        var flop = 0
        for _ in 0..<rounds {
            whole.append(
                Self.nanoseconds { number in
                    if reader.side(for: keys[number % keys.count]) == .flop { flop += 1 }
                })
            looks.append(
                Self.nanoseconds { _ in
                    var status = stat()
                    if stat(path, &status) == 0, status.st_size == 0 { flop += 1 }
                })
            hashes.append(
                Self.nanoseconds { number in
                    if hash.side(of: keys[number % keys.count], flop: 10) == .flop { flop += 1 }
                })
        }
        guard flop > 0 else { throw Program.Failure(description: "no key was on flop") }
        report.add("the side for a request, traffic file unchanged", 1, whole, unit: "ns")
        report.add("— a bare `stat` of the same file", 1, looks, unit: "ns")
        report.add("— the hash of the key alone", 1, hashes, unit: "ns")
        report.add(ratio: "a request ÷ a bare `stat`", 1, whole, to: looks, aim: 1.5)
    }

    /// For one of many requests.
    private static func nanoseconds(_ request: (Int) -> Void) -> Double {
        Watch.seconds { for number in 0..<requests { request(number) } } * 1e9 / Double(requests)
    }
}
