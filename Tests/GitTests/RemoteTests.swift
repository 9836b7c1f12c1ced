import Git
import Testing

@Suite struct RemoteTests {
    @Test(arguments: [
        ("root@host:srv/fleet.git", "host:srv/fleet.git"), ("host:/srv/fleet.git", "host:/srv/fleet.git"),
        ("ssh://git@host:2222/fleet.git", "ssh://host:2222/fleet.git"),
        ("https://bot:s3cret@host/fleet.git", "https://host/fleet.git"), ("file:///srv/fleet.git", "/srv/fleet.git"),
        ("bot:s3cret@host:srv/fleet.git", "host:srv/fleet.git"), ("bot:s3:c/r@t@host:fleet.git", "host:fleet.git"),
        ("https://bot:s3/cret@host:8443/fleet.git", "https://host:8443/fleet.git"),
        ("http://host:8080/a@b/fleet.git", "http://host:8080/a@b/fleet.git"),
        ("./a:b/fleet.git", "./a:b/fleet.git"), ("fleet.git", "fleet.git"),
    ])
    func anAddressIsPrintedWithoutWhoUsesIt(address: String, printed: String) throws {
        #expect(try Remote(name: "r", url: address).url == printed)
        #expect(try "\(Remote(name: "r", url: address))" == printed)
    }

    @Test(arguments: ["ftp://bot:s3cret@host/x.git", "https:///x.git", "ssh://bot:s3cret@/x.git"])
    func anAddressThatCannotBeReachedIsRefused(address: String) {
        do {
            _ = try Remote(name: "r", url: address)
            Issue.record("\(address) is taken")
        } catch {
            #expect(!error.description.contains("s3cret"))
        }
    }
}
