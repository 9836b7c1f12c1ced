/// What `sluice init` writes: a manifest repository that validates, to be changed into one's own.
package enum StarterRepository {
    /// Contents by path.
    package static let files: [(path: String, text: String)] = [
        ("README.md", readme),
        ("applications/shop.yaml", shop),
        ("applications/order-mailer.yaml", orderMailer),
        ("strategies/careful.yaml", careful),
        ("strategies/messages.yaml", messages),
        ("gates/answers.yaml", answers),
        ("gates/errors-no-worse.yaml", errorsNoWorse),
        ("gates/latency.yaml", latency),
        ("gates/error-rate.yaml", errorRate),
        ("replays/shop.jsonl", replay),
        ("topics/orders.yaml", orders),
        (".github/workflows/validate.yml", gitHub),
        (".gitlab-ci.yml", gitLab),
    ]

    private static let shop = """
        # What runs: one Application is what ships as one version. To release, change `version` (and what its
        # components run), commit and push. To roll back, `git revert` that commit and push.
        apiVersion: sluice.dev/v1
        kind: Application
        metadata:
          name: shop
        spec:
          version: "1.0.0"
          # activation: inactive     # deploy the version dark: provisioned, testable, no traffic
          # suspend: true            # hold everything where it is; going back still works
          # suspendReason: "sale until Sunday"
          sides: [flip, flop]        # the two namespaces that versions alternate between
          components:
            - name: web
              kind: service          # takes requests
              replicas: 8            # what carries 100 % of the load
              run:
                simulated:           # played by the embedded simulator
                  startTime: 20s
                  capacity: 50       # requests a second that one replica carries
                  # faults: [{errors: {rate: 5%, after: 1m}}]   # make this version a bad one, to see it turned back
          rollout:
            strategy: careful        # strategies/careful.yaml
            # until: canary          # stop after this stage until a commit raises it
        """

    private static let orderMailer = """
        # A consumer takes messages instead of requests. Its weight is the share of replicas that are active.
        apiVersion: sluice.dev/v1
        kind: Application
        metadata:
          name: order-mailer
        spec:
          version: "1.0.0"
          components:
            - name: mailer
              kind: consumer
              replicas: 4
              run: {simulated: {startTime: 5s, capacity: 20}}
              subscriptions:
                - {topic: orders, subscription: order-mailer}
          contract:
            accepts: {orders: [v1]}  # the schemas that this version understands
          rollout:
            strategy: messages
        """

    private static let careful = """
        # How a new version arrives: stage by stage, each held for a while and watched by gates.
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata:
          name: careful
        spec:
          prescale: 25%              # of full capacity, ready before the first traffic
          surge: 25%                 # capacity over need, at most, at any moment of a rollout
          stages:
            - {name: canary, weight: 1,   hold: 2m,  gates: [answers, errors-no-worse, latency]}
            - {name: early,  weight: 10,  hold: 5m,  gates: [errors-no-worse, latency]}
            - {name: half,   weight: 50,  hold: 5m,  gates: [errors-no-worse]}
            # Long, for what shows late. A tenth stays on the old version, for something to compare with.
            - {name: most,   weight: 90,  hold: 20m, gates: [errors-no-worse]}
            - {name: full,   weight: 100}
          progressDeadline: 20m      # for each stage; paused time is not counted
          onFailure: rollback        # or hold: stay where it is and wait for a person
          retention: {for: 24h, capacity: 25%}   # how long, and how much of, the old version stays for a rollback
        """

    private static let messages = """
        # The same for consumers: of a few replicas there is no one in a hundred.
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata:
          name: messages
        spec:
          stages:
            - {name: first, weight: 25,  hold: 5m,  gates: [error-rate]}
            - {name: half,  weight: 50,  hold: 10m, gates: [error-rate]}
            - {name: full,  weight: 100, hold: 10m, gates: [error-rate]}
        """

    private static let answers = """
        # A check before the stage's weight is given: does the new version answer?
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: answers
        spec:
          when: before
          smokeTest:
            requests:
              - {path: /healthz, expectStatus: 200, maxLatency: 1s}
            replay: replays/shop.jsonl   # requests that users made, one a line; put your own there
            sample: 200
            rate: 20                 # a second
        """

    private static let errorsNoWorse = """
        # A check while the stage's weight is held: does the new version fail no more requests than the old one?
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: errors-no-worse
        spec:
          when: during
          analysis:
            metric: errorRate
            noWorseThan: stable
            interval: 30s
        """

    private static let latency = """
        # Is it no slower, by much? Only for small weights: at larger ones the two versions are not equally busy.
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: latency
        spec:
          when: during
          analysis:
            metric: latency
            noWorseThan: stable
            tolerance: 5             # times as many slow requests
            detect: 5%
            interval: 30s
        """

    private static let replay = """
        {"method": "GET", "path": "/", "status": 200}
        {"method": "GET", "path": "/search?q=red+shoes", "headers": {"Accept-Language": "de"}, "status": 200}
        """

    private static let errorRate = """
        # A check while the stage's weight is held: do requests succeed?
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: error-rate
        spec:
          when: during
          analysis:
            metric: errorRate
            max: 1%
            interval: 30s
            count: 3                 # measurements that make a verdict
            failureLimit: 0          # failed ones that are forgiven
        """

    private static let orders = """
        # A message channel and the versions of its format.
        apiVersion: sluice.dev/v1
        kind: Topic
        metadata:
          name: orders
        spec:
          partitions: 4
          schemas: [v1]
        """

    private static let gitHub = """
        # Checks every change before it is merged. Needs `sluice` on the runner's PATH.
        name: validate
        on: [push, pull_request]
        jobs:
          validate:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
                with: {fetch-depth: 0}
              - run: sluice validate .
              - if: github.event_name == 'pull_request'
                run: sluice plan . --from "origin/${{ github.base_ref }}" --to HEAD
        """

    private static let gitLab = """
        # Checks every change before it is merged. Needs `sluice` on the runner's PATH.
        validate:
          variables: {GIT_DEPTH: "0"}
          script:
            - sluice validate .
        """

    private static let readme = """
        # Releases

        What stands on `main` here is what runs: a Sluice daemon reads this repository and walks the fleet to it.

        | to | do |
        |---|---|
        | release | change `version` in `applications/…`, commit, push |
        | roll back | `git revert` that commit, push |
        | deploy dark | `activation: inactive`; later `active` |
        | stop a rollout at a stage | `rollout.until: canary`; remove it to go on |
        | freeze an application | `suspend: true` with a `suspendReason` |

        Before a commit:

            sluice validate .                     # is it right?
            sluice plan . --from HEAD             # what will it do, in what order, how long will it take?
            sluice simulate . --from HEAD         # and with real load, or with accidents (--scenario)?

        After the push, from anywhere:

            sluice status --repository <url of this repository>
            sluice history --repository <url of this repository>

        The daemon writes what it did to the branch `sluice/status/default`: `git log origin/sluice/status/default`.
        """
}
