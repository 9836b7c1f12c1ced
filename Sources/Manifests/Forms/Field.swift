/// One field of a mapping: its name, its form, and where its value goes.
struct Field<Draft>: Sendable {
    let name: StaticString
    let summary: String
    let shape: Shape
    let isRequired: Bool
    let standard: String?
    let read: @Sendable (inout NodeReader, inout Draft) throws(Stop) -> Void

    /// `standard` is what counts where the field is left out, as YAML, for the reference; `set` puts the value into
    /// what is being built.
    init<Value>(
        _ name: StaticString, _ form: Form<Value>, _ summary: String, required: Bool = false,
        standard: String? = nil, set: @escaping @Sendable (inout Draft, Value) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.standard = standard
        shape = form.shape
        isRequired = required
        read = { reader, draft throws(Stop) in
            if let value = try form.read(&reader) { set(&draft, value) }
        }
    }

    var described: FieldShape {
        FieldShape(
            name: "\(name)", summary: summary, shape: shape, isRequired: isRequired, standard: standard)
    }
}
