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
        ("https://host/fleet.git?token=s3cret&x=1", "https://host/fleet.git?…"),
        ("https://bot:s3@host:65535/fleet.git?private_token=s3cret#x", "https://host:65535/fleet.git?…"),
        ("./a:b/fleet.git", "./a:b/fleet.git"), ("fleet.git", "fleet.git"),
    ])
    func anAddressIsPrintedWithoutWhoUsesIt(address: String, printed: String) throws {
        #expect(try Remote(name: "r", url: address).url == printed)
        #expect(try "\(Remote(name: "r", url: address))" == printed)
    }

    @Test func `what a query says tells two repositories apart, and is printed nowhere`() throws {
        let one = try Remote(name: "r", url: "https://host/git?repository=one&token=s3cret")
        let other = try Remote(name: "r", url: "https://host/git?repository=two&token=s3cret")
        #expect(!one.isSameRepository(as: other))
        #expect(one.isSameRepository(as: try Remote(name: "s", url: "https://me@host/git?repository=one&token=s3cret")))
        let text =
            "moved to https://u:p@host/a?token=s3cret, then 'ssh://host/b?k=s3cret' and bot:s3cret@host:x\u{1b}[2J"
        let printed = Remote.printed(text)
        #expect(!printed.contains("s3cret") && !printed.contains("u:p"))
        #expect(printed == "moved to https://host/a?… then 'ssh://host/b?…' and host:x\\u{1b}[2J")
    }

    @Test(arguments: [
        "http://host:99999/x.git", "https://host:0/x.git", "ssh://git@host:65536/x.git",
        "http://u:p@host:99999999999999999999/x.git",
    ])
    func `a number that is no port is refused as that`(address: String) {
        do {
            _ = try Remote(name: "r", url: address)
            Issue.record("\(address) is taken")
        } catch {
            #expect(error.kind == .invalid && error.description.contains("1 to 65535"), "\(error)")
        }
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
