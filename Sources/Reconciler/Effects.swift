package import Core

/// Carries out the engine's commands through the ports, each within a deadline, and makes events of the results.
package struct Effects: Sendable {
    private let platform: any Platform
    private let gates: any GateEvaluator
    private let manifests: any ManifestSource
    private let statuses: any StatusStore
    private let requests: any RequestSource
    private let restorer: any ManifestRestorer
    let journal: any ActionJournal
    let time: any TimeSource
    let deadline: Span
    private let hanging = HangingCalls()

    /// `deadline`: after this a call is cancelled and no longer waited for.
    package init(
        platform: any Platform, gates: any GateEvaluator, manifests: any ManifestSource, statuses: any StatusStore,
        requests: any RequestSource = NoRequests(), restorer: any ManifestRestorer = NoRequests(),
        journal: any ActionJournal, time: any TimeSource, deadline: Span = EngineConfiguration().effectDeadline
    ) {
        self.platform = platform
        self.gates = gates
        self.manifests = manifests
        self.statuses = statuses
        self.requests = requests
        self.restorer = restorer
        self.journal = journal
        self.time = time
        self.deadline = deadline
    }

    /// Takes leadership.
    func lead() async -> Result<(epoch: Int, statuses: [Status]), EffectFailure> {
        await call(.statuses, nil, Result<(epoch: Int, statuses: [Status]), EffectFailure>.failure) {
            do throws(EffectFailure) {
                return .success(try await statuses.lead())
            } catch {
                return .failure(error)
            }
        }
    }

    /// Takes leadership where nobody has it; nil where somebody has.
    func takeOver() async -> Result<(epoch: Int, statuses: [Status])?, EffectFailure> {
        await call(.statuses, nil, Result<(epoch: Int, statuses: [Status])?, EffectFailure>.failure) {
            do throws(EffectFailure) {
                return .success(try await statuses.takeOver())
            } catch {
                return .failure(error)
            }
        }
    }

    /// Has manifests and requests read from the beginning when they are looked at next.
    func startOver() async -> Bool {
        let isManifests = await call(.manifests, nil, { _ in false }) {
            await manifests.startOver()
            return true
        }
        let isRequests = await call(.requests, nil, { _ in false }) {
            await requests.startOver()
            return true
        }
        return isManifests && isRequests
    }

    /// The epoch of a newer leader. Where it cannot be read it is looked for again with the next poll.
    func newerEpoch(than epoch: Int) async -> Int? {
        await call(.statuses, nil, { _ in nil }) {
            do throws(EffectFailure) { return try await statuses.newerEpoch(than: epoch) } catch { return nil }
        }
    }

    /// Carries out one command. Returns within the deadline, whatever the port does.
    func run(_ command: Command, epoch: Int) async -> Event {
        switch command {
        case .fetch(let id):
            return .fetched(id, await call(.manifests, nil, FetchOutcome.failed) { await manifests.fetch() })
        case .observe(let id, let application):
            return .observed(
                id,
                await call(.platform, application, Result<Observation, EffectFailure>.failure) {
                    do throws(EffectFailure) {
                        return .success(try await platform.observe(application))
                    } catch {
                        return .failure(error)
                    }
                })
        case .perform(let id, let action, let key):
            return .performed(
                id,
                await call(.platform, key.application, Result<Receipt, EffectFailure>.failure) {
                    await perform(action, key)
                })
        case .evaluate(let id, let gate):
            return .evaluated(
                id,
                await call(.gates, gate.application, { .outcome(.error, detail: GateReading($0.message)) }) {
                    await gates.evaluate(gate)
                })
        case .readRequests(let id):
            return .requestsRead(id, await call(.requests, nil, RequestsOutcome.failed) { await requests.read() })
        case .collect(let id, let spent):
            await call(.requests, nil, { _ in }) { await requests.collect(spent) }
            return .collected(id)
        case .restore(let id, let order):
            return .restored(
                id,
                await call(.restorer, order.application, RestoreOutcome.failed) { await restorer.restore(order) })
        case .push(let id, let updates):
            return .pushed(
                id,
                await call(.statuses, nil, PushOutcome.failed) { await statuses.push(updates, epoch: epoch) })
        }
    }

    /// Recorded before, performed, completed after. An answer that leaves open whether it happened leaves the record
    /// open too: it goes stale and times out unless a later attempt is answered.
    private func perform(_ action: Action, _ key: ActionKey) async -> Result<Receipt, EffectFailure> {
        do throws(EffectFailure) {
            try await journal.record(key, at: time.now)
        } catch {
            return .failure(EffectFailure(.refused, "not performed, since \(error.message)"))
        }
        let result: Result<Receipt, EffectFailure>
        do throws(EffectFailure) {
            result = .success(try await platform.perform(action, key: key))
        } catch {
            result = .failure(error)
        }
        switch result {
        case .failure(let failure) where failure.kind == .timedOut || failure.kind == .unreachable:
            break
        case .success, .failure:
            // Where this fails the record times out and somebody looks; the action itself was answered.
            try? await journal.complete(key, at: time.now)
        }
        return result
    }

    /// Calls a port and waits until it answers or its time is up.
    ///
    /// This is the one place with a task of its own: a structured child that ignores cancellation would be waited
    /// for, and so would hang the loop. Such a call is left behind, counted, and its late answer dropped.
    private func call<Value: Sendable>(
        _ port: Port, _ application: ApplicationName?, _ failure: @Sendable @escaping (EffectFailure) -> Value,
        _ operation: @Sendable @escaping () async -> Value
    ) async -> Value {
        if let refusal = hanging.refusal(port, application) { return failure(refusal) }
        let answer = OneShot<Value>()
        let (hanging, time, deadline, end) = (hanging, time, deadline, time.now + deadline)
        let task = Task {
            if !answer.give(await operation()) { hanging.remove(port, application) }
        }
        return await withTaskGroup { group in
            group.addTask {
                try? await time.sleep(until: end)
                // Counted first, so that an answer in between finds itself counted.
                hanging.add(port, application)
                // What this daemon's end cuts short was not late.
                let why =
                    Task.isCancelled
                    ? "was no longer waited for" : "did not answer within \(time.real(deadline))"
                let late = EffectFailure(.timedOut, "\(port.rawValue) \(why)")
                if !answer.give(failure(late)) { hanging.remove(port, application) }
                task.cancel()
            }
            let value = await answer.value
            group.cancelAll()
            return value
        }
    }
}
