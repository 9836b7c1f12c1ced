import Basics
import Logging

/// Hands a log on line by line as it was written here: what somebody else wrote into a message begins no line of its own,
/// and does nothing to a terminal.
struct PlainLogHandler<Base: LogHandler>: LogHandler {
    private var base: Base

    init(_ base: Base) {
        self.base = base
    }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        var plain = event
        plain.message = "\(PlainText.line(event.message.description))"
        plain.metadata = event.metadata?.mapValues { "\(PlainText.line($0.description))" }
        if let error = event.error {
            plain.error = nil
            plain.metadata = (plain.metadata ?? [:]).merging(["error.message": "\(PlainText.line("\(error)"))"]) {
                a, _ in a
            }
        }
        base.log(event: plain)
    }
}
