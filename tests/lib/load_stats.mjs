/*
 * load_stats.mjs: what became of the requests of a load (load.mjs): counts, failures by kind, the longest times
 * without a success, latencies.
 *
 * A failure's kind is what its client saw: 'hung' (no answer in time), 'connection' (refused, cut), 'stale' (an answer
 * without what was acknowledged before the question), or the status.
 */

export class Stats {
  constructor() {
    this.requests = [];
    this.succeeded = { read: 0, write: 0 };
    this.asked = { nodes: 0, stale: [] };
  }

  begin() {
    this.beganMs = performance.now();
    this.lastReadMs = this.lastWriteMs = this.beganMs;
    this.lastFailedMs = 0;
    this.gaps = { read: 0, write: 0 };
  }

  end() {
    this.endedMs = performance.now();
    this.#gap('read', this.endedMs);
    this.#gap('write', this.endedMs);
  }

  /* After a time in which nothing was asked. */
  goOn() {
    this.lastReadMs = this.lastWriteMs = performance.now();
  }

  #gap(kind, now) {
    const last = kind === 'read' ? 'lastReadMs' : 'lastWriteMs';
    this.gaps[kind] = Math.max(this.gaps[kind], now - this[last]);
    this[last] = now;
  }

  /* `verdict`: 'ok', 'stale', or false, where the answer itself says why. */
  count(kind, what, answer, verdict) {
    const failure = verdict === 'ok' ? null : verdict || answer.why || String(answer.status);
    this.requests.push({ kind, what, ms: answer.ms, at: performance.now(), failure });
    if (failure) {
      this.lastFailedMs = performance.now();
      return;
    }
    this.succeeded[kind] += 1;
    this.#gap(kind, performance.now());
  }

  askedNode(said, stale) {
    this.asked.nodes += said ? 1 : 0;
    if (stale) this.asked.stale.push(stale);
  }

  /* Failures so far, of 'read', 'write' or both, as {kind: count}. */
  failures(kind) {
    const counts = {};
    for (const request of this.requests) {
      if (!request.failure || (kind && request.kind !== kind)) continue;
      counts[request.failure] = (counts[request.failure] ?? 0) + 1;
    }
    return counts;
  }

  failedSince(kind, ms) {
    return this.requests.filter((request) => request.kind === kind && request.failure && request.at > ms).length;
  }

  #words(requests) {
    return requests.slice(0, 10).map(({ what, failure, ms, at }) =>
      `${what}: ${failure} after ${Math.round(ms)} ms, at ${((at - this.beganMs) / 1000).toFixed(1)} s`);
  }

  summary() {
    const of = (kind) => this.requests.filter((request) => request.kind === kind);
    const slowest = (list) => list.reduce((most, { ms }) => Math.max(most, ms), 0);
    const times = this.requests.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
    return {
      seconds: (this.endedMs - this.beganMs) / 1000,
      requests: this.requests.length,
      reads: of('read').length,
      writes: of('write').length,
      acknowledged: this.succeeded.write,
      failedReads: this.failures('read'),
      failedWrites: this.failures('write'),
      examples: this.#words(this.requests.filter(({ failure }) => failure)),
      slowest: this.#words(this.requests.filter(({ failure }) => failure).sort((a, b) => b.ms - a.ms)),
      stale: [...this.requests.filter(({ failure }) => failure === 'stale').map(({ what }) => what),
        ...this.asked.stale],
      askedNodes: this.asked.nodes,
      gapReadMs: this.gaps.read,
      gapWriteMs: this.gaps.write,
      slowestRefusalMs: slowest(this.requests.filter(({ failure }) => failure && failure !== 'stale')),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: times.at(-1) ?? 0,
    };
  }
}
