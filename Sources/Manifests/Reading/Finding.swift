import Basics

/// Something that is wrong with a manifest, and where.
package struct Finding: Hashable, Sendable {
    /// Stable names of what can be wrong. Tools may rely on them.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        // Of the text.
        case syntax = "syntax"
        case encoding = "not-utf8"
        case fileTooLarge = "file-too-large"
        case scalarTooLarge = "scalar-too-large"
        case tooDeep = "too-deep"
        case tooManyFindings = "too-many-findings"
        case alias = "alias"
        case anchor = "anchor"
        case tag = "tag"
        // Of a document.
        case unsupportedVersion = "unsupported-version"
        case unknownKind = "unknown-kind"
        case skippedDocument = "skipped-document"
        // Of what is not read.
        case unusableName = "unusable-name"
        case notFollowed = "not-followed"
        case unreadable = "unreadable"
        case ignored = "ignored"
        case ignoreFile = "ignore-file"
        // Of a value.
        case unknownField = "unknown-field"
        case duplicateField = "duplicate-field"
        case missingField = "missing-field"
        case exclusiveFields = "exclusive-fields"
        case wrongType = "wrong-type"
        case invalidValue = "invalid-value"
        case outOfRange = "out-of-range"
        case wrongCount = "wrong-count"
        case duplicateValue = "duplicate-value"
        // Of a ladder.
        case stagesNotRising = "stages-not-rising"
        case lastStageNotFull = "last-stage-not-full"
        case rollbackNotFalling = "rollback-not-falling"
        // Of what a contract leaves out.
        case notAccepted = "not-accepted"
        // Between documents.
        case duplicateName = "duplicate-name"
        case unknownReference = "unknown-reference"
        case unknownSchema = "unknown-schema"
        case unknownStage = "unknown-stage"
        case dependencyCycle = "dependency-cycle"
        case renamedFromDeclared = "renamed-from-declared"
        case invalidDependency = "invalid-dependency"
        // Between documents and what else the repository holds, or what a platform has room for. They hold nothing up by
        // themselves: a gate, or a rollout, meets them when it comes to it.
        case missingFile = "missing-file"
        case quotaExceeded = "quota-exceeded"
    }

    package enum Severity: String, Hashable, Sendable, CaseIterable {
        /// The document does not count; what it declares stays at its last good state.
        case error
        case warning
    }

    /// As it was given to the decoder.
    package var path: String
    package var mark: Mark
    package var code: Code
    package var severity: Severity
    /// One sentence, without a full stop.
    package var message: String
    /// What was probably meant.
    package var suggestion: String?

    package init(
        path: String, mark: Mark, code: Code, message: String, suggestion: String? = nil, severity: Severity = .error
    ) {
        self.path = path
        self.mark = mark
        self.code = code
        self.message = message
        self.suggestion = suggestion
        self.severity = severity
    }

    /// From 1.
    package var line: Int { Int(mark.line) }
    /// From 1, in code points.
    package var column: Int { Int(mark.column) }
}

extension Finding: CustomStringConvertible {
    /// `file:line:column: error: message; did you mean "x"? [code]`, on one line whatever the file is called.
    package var description: String {
        let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
        let place = "\(PlainText.line(path, limit: 300)):\(line):\(column)"
        return PlainText.line("\(place): \(severity.rawValue): \(message)\(hint) [\(code.rawValue)]")
    }
}

extension Finding: Comparable {
    /// By file, then by place.
    package static func < (a: Finding, b: Finding) -> Bool {
        (a.path, a.mark, a.code.rawValue, a.message) < (b.path, b.mark, b.code.rawValue, b.message)
    }
}
