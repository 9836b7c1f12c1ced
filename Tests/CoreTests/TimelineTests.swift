import Core
import Testing

@Suite struct TimelineTests {
    @Test func `entries come by time, and those of one time as they were added`() {
        var timeline = Timeline<Int>()
        let times: [Int64] = [5, 1, 5, 3, 1, 5, 0, 3, 1]
        for (number, time) in times.enumerated() { timeline.add(number, at: Instant(milliseconds: time)) }
        var taken: [Int] = []
        while let next = timeline.next, let first = timeline.first, let number = timeline.take() {
            #expect(first == number)
            #expect(next == Instant(milliseconds: times[number]))
            taken.append(number)
        }
        #expect(taken == [6, 1, 4, 8, 3, 7, 0, 2, 5])
        #expect(timeline.take() == nil)
        #expect(timeline.count == 0)
    }

    @Test func `what is added while others are taken keeps its place`() {
        var timeline = Timeline<Int>()
        var expected: [(at: Int64, number: Int)] = []
        var state: UInt64 = 7
        for number in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let at = Int64(state >> 58)
            timeline.add(number, at: Instant(milliseconds: at))
            expected.append((at, number))
            guard state >> 40 & 3 == 0 else { continue }
            let earliest = expected.indices.min { expected[$0] < expected[$1] }
            #expect(timeline.take() == earliest.map { expected.remove(at: $0).number })
        }
        #expect(timeline.count == expected.count)
    }
}
