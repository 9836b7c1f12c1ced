import Signal

/// Processes are ready, and are kept when others have to go, by what they said.
extension ElevationHub: InstanceReports {}
