import CYAML

/// libyaml alone: what reading the same bytes costs at least.
enum BareParse {
    /// Events in `bytes`.
    static func events(in bytes: UnsafeRawBufferPointer) -> Int {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return 0 }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        var count = 0
        var event = yaml_event_t()
        while yaml_parser_parse(&parser, &event) == 1 {
            count += 1
            let isEnd = event.type == YAML_STREAM_END_EVENT
            yaml_event_delete(&event)
            if isEnd { break }
        }
        return count
    }
}
