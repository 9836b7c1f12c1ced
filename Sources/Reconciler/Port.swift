/// The ports, as far as hanging calls are told apart by them.
enum Port: String, Hashable, Sendable {
    case platform = "the platform"
    case gates = "the gate evaluator"
    case manifests = "the manifest repository"
    case statuses = "the status branch"
    case requests = "the requests branch"
    case restorer = "the manifest branch"
}
