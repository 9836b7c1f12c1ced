import Core
import Manifests

/// Manifests in few words.
enum Sample {
    static func document(_ kind: String, _ name: String, _ spec: String, version: String = "sluice.dev/v1") -> String {
        "---\napiVersion: \(version)\nkind: \(kind)\nmetadata: {name: \(name)}\nspec: {\(spec)}\n"
    }

    static func application(_ name: String, _ more: String = "", version: String = "1") -> String {
        let components = "components: [{name: api, kind: service, run: {simulated: {}}}]"
        return document(
            "Application", name, "version: \"\(version)\", \(components)" + (more.isEmpty ? "" : ", \(more)"))
    }

    static func strategy(_ name: String, gates: String = "", stage: String = "canary", surge: Int = 25) -> String {
        let first = "{name: \(stage), weight: 10, gates: [\(gates)]}"
        return document("Strategy", name, "surge: \(surge)%, stages: [\(first), {name: full, weight: 100}]")
    }

    static func gate(_ name: String, count: Int = 1) -> String {
        document("Gate", name, "approval: {count: \(count)}")
    }

    static func topic(_ name: String, _ schemas: String = "v1", partitions: Int = 1) -> String {
        document("Topic", name, "partitions: \(partitions), schemas: [\(schemas)]")
    }

    static func file(_ text: String, path: String) -> ManifestFile {
        ManifestDecoder.decode(bytes: Array(text.utf8), path: path)
    }
}

extension Catalog {
    init(_ files: [String: String]) {
        self.init()
        apply(files.mapValues { $0 })
    }

    /// A file without text is gone.
    @discardableResult
    mutating func apply(_ texts: [String: String?]) -> CatalogChange {
        update(texts.map { path, text in (path, text.map { Sample.file($0, path: path) }) })
    }
}

extension CatalogChange {
    var names: [String] { declared.map(\.application.name) }
}

/// SplitMix64.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
