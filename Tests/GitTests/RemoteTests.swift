import Git
import Testing

@Suite struct RemoteTests {
    @Test(arguments: [
        ("root@host:srv/fleet.git", "host:srv/fleet.git"), ("host:/srv/fleet.git", "host:/srv/fleet.git"),
        ("ssh://git@host:2222/fleet.git", "ssh://host:2222/fleet.git"),
        ("https://bot:s3cret@host/fleet.git", "https://host/fleet.git"), ("file:///srv/fleet.git", "/srv/fleet.git"),
        ("./a:b/fleet.git", "./a:b/fleet.git"), ("fleet.git", "fleet.git"),
    ])
    func anAddressIsPrintedWithoutWhoUsesIt(address: String, printed: String) throws {
        #expect(try Remote(name: "r", url: address).url == printed)
        #expect(try "\(Remote(name: "r", url: address))" == printed)
    }

    @Test(arguments: ["ftp://host/x.git", "https:///x.git"])
    func anAddressThatCannotBeReachedIsRefused(address: String) {
        #expect(throws: GitError.self) { try Remote(name: "r", url: address) }
    }
}
