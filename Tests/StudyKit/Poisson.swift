import Foundation
package import Simulator

extension SeededGenerator {
    /// A count of independent events of which `mean` are expected: Knuth's method where the mean is small, the normal
    /// approximation where it is not.
    package mutating func poisson(_ mean: Double) -> Double {
        if mean <= 0 { return 0 }
        if mean < 50 {
            var (count, product) = (-1.0, 1.0)
            repeat {
                count += 1
                product *= Double.random(in: 0..<1, using: &self)
            } while product > exp(-mean)
            return count
        }
        let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self))).squareRoot()
        let normal = radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
        return max(0, (mean + mean.squareRoot() * normal).rounded())
    }
}
