import Core
import Manifests
import StudyKit
import Testing
import sluice

@Suite struct StudyTests {
    @Test func `Sluice turns no good release back, and every other policy is told apart from it`() {
        let study = Study(releases: 36, seed: 7)
        let good = study.row(.sluice, .good)
        #expect(good.releases == 18)
        #expect(good.turnedBack == 0)
        let (ours, theirs) = (study.row(.sluice, nil), study.row(.allAtOnce, nil))
        #expect(ours.failedRatio <= 0.05, "\(ours.failedRatio)")
        #expect(theirs.failed > 0)
        #expect(ours.peakCapacity < theirs.peakCapacity)
    }

    @Test func `what is studied as the default is what init writes`() throws {
        var (strategies, gates): ([String: Strategy], [String: Gate]) = ([:], [:])
        for (path, text) in StarterRepository.files where path.hasSuffix(".yaml") && !path.hasPrefix(".") {
            let file = ManifestDecoder.decode(bytes: [UInt8](text.utf8), path: path)
            #expect(file.findings.isEmpty, "\(file.findings)")
            for document in file.documents {
                switch document.value {
                case .strategy(let declared): strategies[document.name] = declared.strategy
                case .gate(let gate): gates[document.name] = gate
                default: break
                }
            }
        }
        #expect(strategies["careful"] == DefaultStrategy.strategy)
        for (name, gate) in DefaultStrategy.gates { #expect(gates[name] == gate, "\(name)") }
    }
}
