package enum TransportChild { package static func run() -> Int32 { 0 } }
