/* events.mjs: reads a stream of Server-Sent Events, for tests. */
import http from 'node:http';
import { deadlineMs } from './server.mjs';

function parse(block) {
  const event = { comment: false };
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at === 0) event.comment = true;
    else event[line.slice(0, at)] = line.slice(at + 1).replace(/^ /, '');
  }
  if (event.data) event.data = JSON.parse(event.data);
  return event;
}

/*
 * Opens GET `target` and answers when the head is there: {status, headers, next(), posts(), unread(), ended,
 * close()}. next() is the next block of the stream, posts() the next event of that name, unread() the number in the
 * next `notices`; all throw past the deadline.
 */
export function openEvents(base, target, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const req = http.request(new URL(target, base), {
      method,
      agent: false,
      headers: { Accept: 'text/event-stream', ...headers },
    });
    req.on('error', reject);
    req.on('response', (res) => {
      const blocks = [];
      let rest = '';
      let wake = () => {};
      let over = false;
      const ended = new Promise((done) => {
        const end = (how) => {
          over = true;
          wake();
          done(how);
        };
        res.on('end', () => end('end'));
        res.on('error', () => end('error'));
        res.on('close', () => end('closed'));
      });
      res.setEncoding('utf8');
      res.on('data', (text) => {
        const parts = (rest + text).split('\n\n');
        rest = parts.pop();
        blocks.push(...parts.map(parse));
        wake();
      });
      async function next() {
        while (!blocks.length) {
          if (over) throw new Error('the stream has ended');
          await new Promise((done, late) => {
            const timer = setTimeout(() => late(new Error(`no event in ${deadlineMs} ms`)), deadlineMs);
            wake = () => {
              clearTimeout(timer);
              done();
            };
          });
        }
        return blocks.shift();
      }
      async function nextOf(name) {
        for (;;) {
          const event = await next();
          if (event.event === name) return event;
        }
      }
      const posts = () => nextOf('posts');
      const unread = async () => (await nextOf('notices')).data.unread;
      const close = () => req.destroy();
      resolve({ status: res.statusCode, headers: res.headers, next, posts, unread, ended, res, close });
    });
    req.end();
  });
}

/* Adds up `posts` events until `count` posts were told; {count, id}: as many, and the last event's id. */
export async function countPosts(stream, count) {
  let told = 0;
  let id;
  while (told < count) {
    const event = await stream.posts();
    told += event.data.count;
    id = event.id;
  }
  return { count: told, id };
}
