import Foundation
import Git

/// Judges signatures of commits by a file of allowed signers, as `ssh-keygen -Y verify` reads it.
package struct SignatureCheck: Sendable {
    private let allowedSigners: String
    private let program: String

    /// - Parameters:
    ///   - allowedSigners: the file, `man ssh-keygen`, "ALLOWED SIGNERS".
    ///   - program: what verifies.
    package init(allowedSigners: String, program: String = "/usr/bin/ssh-keygen") {
        self.allowedSigners = allowedSigners
        self.program = program
    }

    /// Whether the signature is the author's own: by a key that the file lists for the author's address.
    ///
    /// - Throws: a sentence, where the check itself could not be made.
    func holds(_ signature: CommitSignature, of email: String) async throws(GitError) -> Bool {
        // Only such a word is safe as a principal; the file could list no other.
        let isAddress = !email.isEmpty && email.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && email.first != "-"
        guard signature.text.hasPrefix("-----BEGIN SSH SIGNATURE-----"), isAddress else { return false }
        let folder = NSTemporaryDirectory() + "/sluice-signature-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(signature.text.utf8).write(to: URL(fileURLWithPath: folder + "/signature"))
            try Data(signature.payload).write(to: URL(fileURLWithPath: folder + "/payload"))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = [
                "-Y", "verify", "-f", allowedSigners, "-I", email, "-n", "git", "-s", folder + "/signature",
            ]
            process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder + "/payload"))
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            let status = try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do { try process.run() } catch { continuation.resume(throwing: error) }
            }
            return status == 0
        } catch {
            throw GitError(.io, "signatures cannot be checked with \(program): \(error.localizedDescription)")
        }
    }
}
