/*
 * database_writer.mjs: inserts rows into a table written(n bigint), one after another by psql, and keeps which were
 * acknowledged, whatever happens to the database meanwhile. A row whose connection broke is not tried again: whether
 * it is there nobody knows, and the next has another number.
 *
 *   const writer = new Writer(url);      writes at once
 *   writer.acknowledged                  numbers, in order
 *   writer.longestGapMs                  the longest time between two acknowledgements
 *   await writer.more(count)             until so many more are acknowledged
 *   await writer.pause(), writer.resume()   no write is under way in between
 *   writer.interrupt()                   breaks its connection; it makes another
 *   await writer.stop()
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { postgresBin } from './daemon.mjs';
import { waitFor } from './server.mjs';

const DEADLINE_MS = 30000;

export class Writer {
  constructor(url) {
    this.url = url;
    this.acknowledged = [];
    this.next = 1;
    this.longestGapMs = 0;
    this.last = Date.now();
    this.wanted = true;
    this.paused = false;
    this.done = this.#work();
  }

  #open() {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.url];
    const proc = spawn(postgresBin('psql'), args, { stdio: ['pipe', 'pipe', 'ignore'] });
    proc.stdout.setEncoding('utf8');
    proc.stdin.on('error', () => {});
    let text = '';
    let heard = () => {};
    let open = true;
    proc.stdout.on('data', (part) => {
      text += part;
      heard();
    });
    proc.on('close', () => {
      open = false;
      heard();
    });
    this.proc = proc;
    return {
      /* One statement; its row, or null where the connection broke. */
      ask: (sql) => new Promise((resolve) => {
        heard = () => {
          const end = text.indexOf('\n');
          if (end < 0 && open) return;
          resolve(end < 0 ? null : text.slice(0, end));
          text = text.slice(end + 1);
        };
        proc.stdin.write(`${sql}\n`);
        heard();
      }),
    };
  }

  async #work() {
    let session = null;
    while (this.wanted) {
      if (this.paused) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      session ??= this.#open();
      this.busy = true;
      const n = this.next++;
      const row = await session.ask(`INSERT INTO written(n) VALUES (${n}) RETURNING n;`);
      this.busy = false;
      if (row === null) {
        session = null;
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      assert.equal(Number(row), n);
      this.acknowledged.push(n);
      this.longestGapMs = Math.max(this.longestGapMs, Date.now() - this.last);
      this.last = Date.now();
    }
    this.proc?.stdin.end();
  }

  /* Breaks the connection, as a client does that has waited long enough. */
  interrupt() {
    this.proc?.kill('SIGKILL');
  }

  /* Until `count` more rows are acknowledged. */
  more(count, timeoutMs = DEADLINE_MS) {
    const wanted = this.acknowledged.length + count;
    return waitFor(`${count} acknowledged rows`, () => this.acknowledged.length >= wanted, timeoutMs);
  }

  /* No write is under way when this answers. */
  async pause() {
    this.paused = true;
    await waitFor('the write under way to end', () => !this.busy, DEADLINE_MS);
  }

  resume() {
    this.paused = false;
    this.last = Date.now();
  }

  async stop() {
    this.wanted = false;
    const timer = setTimeout(() => this.proc?.kill('SIGKILL'), 5000);
    await this.done;
    clearTimeout(timer);
  }
}
