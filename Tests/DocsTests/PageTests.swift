import Testing

/// The tests of pages are only as good as the reading of pages.
@Suite struct PageTests {
    @Test func `a page is taken apart as a reader sees it`() {
        let page = Page(
            "page.md",
            text: """
                # What a page is, for once
                See [there](docs/there.md#a-place) and [here](#here).

                | a | `b` |
                ```console
                $ one \\
                    two
                its output
                $ three
                ```
                <!-- not run: it never ends -->
                ```sh
                four
                five
                ```
                ```yaml
                six: "[no](link)"
                ```
                """
        )
        #expect(page.blocks.map(\.commands) == [["one \\\n    two", "three"], ["four", "five"], []])
        #expect(page.blocks.map(\.notRun) == [nil, "it never ends", nil])
        #expect(page.blocks.map(\.line) == [5, 12, 16])
        #expect(page.links.map(\.target) == ["docs/there.md#a-place", "#here"])
        #expect(page.rows == [["a", "`b`"]])
        #expect(page.anchors == ["#what-a-page-is-for-once"])
    }

    @Test func `there are pages`() {
        #expect(Page.paths.count > 5)
    }
}
