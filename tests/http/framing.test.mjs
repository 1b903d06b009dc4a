/*
 * Where one request ends and the next begins (RFC 9112). Whatever two servers could read differently is
 * refused, the connection is closed after it, and the client gets to read why.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { echoed, echoServer, until } from './echo.mjs';

const HOST = 'Host: a\r\n';

/* Each case: [what it is, the bytes, the status]. Sent whole, and byte by byte, which must not matter. */
function refusals(name, cases) {
  test(name, async (t) => {
    const echo = await echoServer(t);
    for (const [what, bytes, status] of cases) {
      for (const pieces of [[bytes], [...bytes]]) {
        const raw = echo.connect();
        const answer = await raw.send(...pieces).answer();
        assert.equal(answer.status, status, `${what}: got ${answer.status} "${answer.body}", wanted ${status}`);
        assert.equal(answer.headers.connection, 'close', what);
        assert.equal(await raw.closed(), 'end', what);
        assert.equal(raw.received.length, 0, `${what}: more came: "${raw.received}"`);
        raw.destroy();
      }
    }
  });
}

/* Each case: [what it is, the bytes, what the echo must have seen]. */
function accepted(name, cases, options) {
  test(name, async (t) => {
    const echo = await echoServer(t, options);
    for (const [what, bytes, wanted] of cases) {
      for (const pieces of [[bytes], [...bytes]]) {
        const answer = await echo.ask(...pieces);
        assert.equal(answer.status, 200, `${what}: got ${answer.status} "${answer.body}"`);
        const got = echoed(answer);
        for (const [key, value] of Object.entries(wanted)) assert.equal(got[key], value, `${what}: ${key}`);
      }
    }
  });
}

const post = (headers, body) => `POST /p HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const chunked = (body) => post('Transfer-Encoding: chunked\r\n', body);

refusals('conflicting or repeated lengths are refused', [
  ['two different', post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), 400],
  ['two equal', post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'), 400],
  ['a list', post('Content-Length: 3, 3\r\n', 'abc'), 400],
  ['length and chunks', post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['chunks and length', post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '0\r\n\r\n'), 400],
]);

refusals('a length that is not a plain number is refused', [
  ['a plus', post('Content-Length: +3\r\n', 'abc'), 400],
  ['a minus', post('Content-Length: -3\r\n', 'abc'), 400],
  ['minus zero', post('Content-Length: -0\r\n', ''), 400],
  ['hexadecimal', post('Content-Length: 0x3\r\n', 'abc'), 400],
  ['a blank inside', post('Content-Length: 1 0\r\n', 'abc'), 400],
  ['nothing', post('Content-Length: \r\n', 'abc'), 400],
  ['a word', post('Content-Length: three\r\n', 'abc'), 400],
  ['a fraction', post('Content-Length: 3.0\r\n', 'abc'), 400],
  ['over 64 bits', post('Content-Length: 18446744073709551617\r\n', 'abc'), 400],
]);

refusals('codings other than chunked are refused', [
  ['gzip', post('Transfer-Encoding: gzip\r\n', ''), 501],
  ['identity', post('Transfer-Encoding: identity\r\n', ''), 501],
  ['gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501],
  ['two headers', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['a vertical tab', post('Transfer-Encoding: \vchunked\r\n', '0\r\n\r\n'), 400],
  ['with HTTP/1.0', `POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
]);

test('other words that end in chunked are no chunked', async (t) => {
  const echo = await echoServer(t);
  for (const value of ['xchunked', 'chunkedx', 'chunked, gzip', 'chunked, chunked', '"chunked"', 'chunked;q=1']) {
    const answer = await echo.ask(post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'));
    assert.ok([400, 501].includes(answer.status), `${value}: got ${answer.status}`);
    assert.equal(answer.headers.connection, 'close');
  }
});

refusals('chunks that are not exactly framed are refused', [
  ['no number', chunked('x\r\nabc\r\n0\r\n\r\n'), 400],
  ['empty size', chunked('\r\nabc\r\n0\r\n\r\n'), 400],
  ['0x', chunked('0x3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a minus', chunked('-3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a plus', chunked('+3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a blank before', chunked(' 3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a bare LF behind the size', chunked('3\nabc\r\n0\r\n\r\n'), 400],
  ['a bare CR behind the size', chunked('3\rabc\r\n0\r\n\r\n'), 400],
  ['data longer than its size', chunked('3\r\nabcd\r\n0\r\n\r\n'), 400],
  ['a bare LF behind the data', chunked('3\r\nabc\n0\r\n\r\n'), 400],
  ['a bare LF at the end', chunked('3\r\nabc\r\n0\r\n\n'), 400],
  ['a bare LF behind the last size', chunked('3\r\nabc\r\n0\n\r\n'), 400],
  ['a size over 64 bits', chunked('fffffffffffffffff\r\nabc\r\n'), 400],
  ['a bare LF in an extension', chunked('3;a=\nb\r\nabc\r\n0\r\n\r\n'), 400],
  ['NUL in an extension', chunked('3;a=\0\r\nabc\r\n0\r\n\r\n'), 400],
  ['a bare LF in a trailer', chunked('0\r\nX: y\n\r\n'), 400],
  ['a folded trailer', chunked('0\r\nX: y\r\n z\r\n\r\n'), 400],
]);

refusals('a request needs exactly one well-formed Host', [
  ['none', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['two in one', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 400],
  ['an empty one', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
  ['a port that is no number', 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n', 400],
  ['a port too long', 'GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n', 400],
  ['an open bracket', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', 400],
  ['a blank', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['markup', 'GET / HTTP/1.1\r\nHost: <b>\r\n\r\n', 400],
]);

refusals('lines end in CR LF and in nothing else', [
  ['bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
  ['bare LF behind a header', 'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400],
  ['bare LF at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 400],
  ['bare LF before the request', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['bare CR in a header', 'GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n', 400],
  ['bare CR in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX\rY: y\r\n\r\n', 400],
  ['bare CR behind the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n', 400],
  ['bare CR at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\rx', 400],
  ['CR CR LF', 'GET / HTTP/1.1\r\nHost: a\r\r\n\r\n', 400],
]);

refusals('what is not a clean head is refused', [
  ['NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
  ['NUL in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n', 400],
  ['NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['another control in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n', 400],
  ['DEL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n', 400],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 400],
  ['a header folded by a tab', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n', 400],
  ['a fold before the first header', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
  ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ['a blank in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n', 400],
  ['no colon', 'GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n', 400],
  ['no name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n', 400],
  ['a high byte in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX\xe9: b\r\n\r\n', 400],
  ['two blanks before the target', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['two blanks behind the target', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a tab', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a blank before the method', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a blank behind the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 400],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
]);

refusals('methods, versions and targets that are not served are refused', [
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
  ['a lower-case method', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 501],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 505],
  ['HTTP/0.9', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', 505],
  ['another protocol', 'GET / ICE/1.0\r\nHost: a\r\n\r\n', 400],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['no leading slash', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an absolute target of another host', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an absolute target with a user', 'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['%00 in the path', 'GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a path that is not UTF-8', 'GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an overlong sequence', 'GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a bad percent sequence', 'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n', 400],
]);

refusals('an expectation other than 100-continue is refused', [
  ['another', post('Content-Length: 3\r\nExpect: 200-ok\r\n', 'abc'), 417],
]);

accepted('bodies are read as they are framed', [
  ['a length', post('Content-Length: 3\r\n', 'abc'), { length: 3, body: 'abc' }],
  ['a length of zero', post('Content-Length: 0\r\n', ''), { length: 0 }],
  ['leading zeros', post('Content-Length: 003\r\n', 'abc'), { length: 3, body: 'abc' }],
  ['no length', post('', ''), { length: 0 }],
  ['a GET with a body', `GET / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`, { length: 3, body: 'abc' }],
  ['chunks', chunked('3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n'), { length: 13, body: 'abc0123456789' }],
  ['no chunk', chunked('0\r\n\r\n'), { length: 0 }],
  ['an extension', chunked('3;a=b\r\nabc\r\n0;c\r\n\r\n'), { body: 'abc' }],
  ['a trailer', chunked('3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n'), { body: 'abc' }],
  ['line ends in a chunk', chunked('4\r\n\n\r \n\r\n0\r\n\r\n'), { body: '\n\r \n' }],
  ['line ends in a body', post('Content-Length: 4\r\n', '\n\r \n'), { body: '\n\r \n' }],
  ['another case', post('TRANSFER-encoding: CHUNKED\r\n', '1\r\na\r\n0\r\n\r\n'), { body: 'a' }],
  ['NUL in a body', post('Content-Length: 3\r\n', 'a\0b'), { body: 'a\0b' }],
]);

accepted('paths are decoded, queries are left as they are', [
  ['a blank and an umlaut', `GET /First%20L%c3%bc?a=%20b HTTP/1.1\r\n${HOST}\r\n`,
    { path: '/First L\xc3\xbc', query: 'a=%20b' }],
  ['a plus', `GET /a+b HTTP/1.1\r\n${HOST}\r\n`, { path: '/a+b' }],
  ['two question marks', `GET /a?b?c HTTP/1.1\r\n${HOST}\r\n`, { path: '/a', query: 'b?c' }],
  ['UTF-8 as it is', `GET /\xc3\xbc HTTP/1.1\r\n${HOST}\r\n`, { path: '/\xc3\xbc' }],
  ['an absolute target', 'GET http://a:80/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n', { path: '/x', query: 'y' }],
  ['an absolute target without path', 'GET HTTP://a?y HTTP/1.1\r\nHost: A\r\n\r\n', { path: '/', query: 'y' }],
  ['an IPv6 host', 'GET /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', { path: '/x' }],
  ['an empty line before', `\r\nGET /x HTTP/1.1\r\n${HOST}\r\n`, { path: '/x' }],
  ['blanks around a value', 'GET /x HTTP/1.1\r\nHost: \t a \t\r\n\r\n', { path: '/x' }],
  ['an empty value', `GET /x HTTP/1.1\r\n${HOST}X:\r\n\r\n`, { path: '/x' }],
  ['a request to upgrade', `GET /x HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`, { path: '/x' }],
  ['HTTP/1.0 without Host', 'GET /x HTTP/1.0\r\n\r\n', { path: '/x' }],
]);

test('what is over a limit is refused with its status', async (t) => {
  const echo = await echoServer(t, { header_bytes: 1024, header_count: 5, body_bytes: 100 });
  const cases = [
    ['a long target', `GET /${'a'.repeat(2000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
    ['a long header', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(2000)}\r\n\r\n`, 431],
    ['a header that never ends', `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(2000)}`, 431],
    ['many headers', `GET / HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(5)}\r\n`, 431],
    ['a long length', post('Content-Length: 101\r\n', ''), 413],
    ['a very long length', post('Content-Length: 9000000000000000000\r\n', ''), 413],
    ['long chunks', chunked(`65\r\n${'a'.repeat(101)}\r\n0\r\n\r\n`), 413],
    ['many chunks', chunked(`${'1\r\na\r\n'.repeat(101)}0\r\n\r\n`), 413],
    ['a chunk that claims much', chunked('ffffffff\r\na'.padEnd(200, 'a')), 413],
    ['a long extension', chunked(`1;${'a'.repeat(2000)}\r\na\r\n0\r\n\r\n`), 431],
    ['long trailers', chunked(`0\r\n${'X: y\r\n'.repeat(400)}\r\n`), 431],
  ];
  for (const [what, bytes, status] of cases) {
    for (const pieces of [[bytes], [...bytes]]) {
      const raw = echo.connect();
      const answer = await raw.send(...pieces).answer();
      assert.equal(answer.status, status, `${what}: got ${answer.status}, wanted ${status}`);
      assert.equal(await raw.closed(), 'end', what);
      raw.destroy();
    }
  }
  const just = await echo.ask(post('Content-Length: 100\r\n', 'a'.repeat(100)));
  assert.equal(echoed(just).length, 100);
  const chunks = await echo.ask(chunked(`${'1\r\na\r\n'.repeat(100)}0\r\n\r\n`));
  assert.equal(echoed(chunks).length, 100);
});

test('a client that is still sending gets to read why it was refused', async (t) => {
  const echo = await echoServer(t, { body_bytes: 1000 });
  const raw = echo.connect();
  raw.send(post('Content-Length: 10000000\r\n', ''));
  for (let i = 0; i < 100; i++) raw.send('a'.repeat(100000));
  assert.equal((await raw.answer()).status, 413);
  assert.equal(await raw.closed(), 'end');
});

test('a body over the limit is taken where an upload may come, and only where its length is said', async (t) => {
  const echo = await echoServer(t, { body_bytes: 100, upload_bytes: 1000, uploads: 1 });
  const upload = (path, headers, body) => `POST ${path} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
  const raw = echo.connect();
  for (let i = 0; i < 3; i++) {
    raw.send(upload('/upload', 'Content-Length: 1000\r\n', 'a'.repeat(1000)));
    assert.equal(echoed(await raw.answer()).length, 1000, 'its place was given back');
    raw.send(upload('/x', 'Content-Length: 100\r\n', 'a'.repeat(100)));
    assert.equal(echoed(await raw.answer()).length, 100);
  }
  for (const [what, bytes] of [
    ['over its limit', upload('/upload', 'Content-Length: 1001\r\n', '')],
    ['elsewhere', upload('/x', 'Content-Length: 101\r\n', '')],
    ['in chunks', upload('/upload', 'Transfer-Encoding: chunked\r\n', `65\r\n${'a'.repeat(101)}\r\n0\r\n\r\n`)],
  ]) assert.equal((await echo.ask(bytes)).status, 413, what);
  const late = await echo.ask(upload('/x', 'Content-Length: 101\r\n', 'a'.repeat(101)));
  assert.equal(late.status, 413, 'after an upload, too');
});

test('uploads over their number are refused until one has ended, however it ended', async (t) => {
  const echo = await echoServer(t, { body_bytes: 100, upload_bytes: 1000, uploads: 2 });
  const begin = () => echo.connect().send(post('Content-Length: 1000\r\n', 'a').replace('/p', '/upload'));
  const [first, second] = [begin(), begin()];
  await until(async () => (await echo.counters()).open === 3, 'both');
  const third = await begin().answer();
  assert.equal(third.status, 503);
  assert.ok(third.headers['retry-after']);
  assert.equal((await echo.ask(post('Content-Length: 100\r\n', 'a'.repeat(100)))).status, 200, 'others go on');
  first.destroy();
  await until(async () => (await echo.counters()).open === 2, 'the end of the first');
  second.send('a'.repeat(999));
  assert.equal((await second.answer()).status, 200);
  const again = [begin(), begin()];
  for (const raw of again) assert.equal((await raw.send('a'.repeat(999)).answer()).status, 200);
});

test('pipelined requests are answered in order, whichever lane answers them', async (t) => {
  const echo = await echoServer(t);
  const raw = echo.connect();
  const paths = Array.from({ length: 50 }, (_, i) => (i % 3 ? `/pool?${i}` : `/x?${i}`));
  raw.send(paths.map((path, i) => (i % 2 ? `GET ${path} HTTP/1.1\r\n${HOST}\r\n`
    : `POST ${path} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`)).join(''));
  for (const [i, path] of paths.entries()) {
    const got = echoed(await raw.answer());
    assert.equal(`${got.path}?${got.query}`, path);
    assert.equal(got.length, i % 2 ? 0 : 2);
  }
});

test('nothing behind a refused request is answered', async (t) => {
  const echo = await echoServer(t);
  const raw = echo.connect();
  raw.send(`GET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n${HOST}\r\n`);
  assert.equal((await raw.answer()).status, 200);
  assert.equal((await raw.answer()).status, 400);
  assert.equal(await raw.closed(), 'end');
  assert.equal(raw.received.length, 0);
});

test('a client that waits for 100 is told to go on, once', async (t) => {
  const echo = await echoServer(t, { body_bytes: 100 });
  const raw = echo.connect();
  raw.send(post('Content-Length: 3\r\nExpect: 100-Continue\r\n', ''));
  assert.equal((await raw.answer()).status, 100);
  raw.send('abc');
  assert.equal(echoed(await raw.answer()).body, 'abc');
  raw.send(post('Content-Length: 3\r\nExpect: 100-continue\r\n', 'abc'));
  assert.equal((await raw.answer()).status, 200, 'a body that is there needs no 100');
  raw.send(post('Content-Length: 101\r\nExpect: 100-continue\r\n', ''));
  assert.equal((await raw.answer()).status, 413, 'a body that is too large is not asked for');
});

test('HEAD is answered like GET, without the body', async (t) => {
  const echo = await echoServer(t);
  const raw = echo.connect();
  raw.send(`HEAD /blob HTTP/1.1\r\n${HOST}\r\nGET /blob HTTP/1.1\r\n${HOST}\r\n`);
  const head = await raw.answer({ head: true });
  const get = await raw.answer();
  assert.equal(head.headers['content-length'], String(get.body.length));
  assert.equal(get.body.length, 12288);
});

test('an answer of status 204 has neither body nor length', async (t) => {
  const echo = await echoServer(t);
  const raw = echo.connect();
  raw.send(`GET /empty HTTP/1.1\r\n${HOST}\r\nGET /x HTTP/1.1\r\n${HOST}\r\n`);
  const empty = await raw.answer();
  assert.equal(empty.status, 204);
  assert.equal(empty.headers['content-length'], undefined);
  assert.equal(echoed(await raw.answer()).path, '/x');
});

test('a connection is kept or closed as its client asks', async (t) => {
  const echo = await echoServer(t);
  const cases = [
    [`GET /x HTTP/1.1\r\n${HOST}\r\n`, undefined],
    [`GET /x HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 'close'],
    [`GET /x HTTP/1.1\r\n${HOST}Connection: Foo, CLOSE\r\n\r\n`, 'close'],
    ['GET /x HTTP/1.0\r\n\r\n', 'close'],
    ['GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 'keep-alive'],
    [`GET /close HTTP/1.1\r\n${HOST}\r\n`, 'close'],
  ];
  for (const [bytes, connection] of cases) {
    const raw = echo.connect();
    assert.equal((await raw.send(bytes).answer()).headers.connection, connection, bytes);
    if (connection === 'close') {
      assert.equal(await raw.closed(), 'end', bytes);
    } else {
      assert.equal((await raw.send(bytes).answer()).status, 200, bytes);
    }
    raw.destroy();
  }
});

test('a connection serves as many requests as its limit says', async (t) => {
  const echo = await echoServer(t, { requests_per_connection: 3 });
  const raw = echo.connect();
  raw.send(`GET /x HTTP/1.1\r\n${HOST}\r\n`.repeat(5));
  assert.equal((await raw.answer()).headers.connection, undefined);
  assert.equal((await raw.answer()).headers.connection, undefined);
  assert.equal((await raw.answer()).headers.connection, 'close');
  assert.equal(await raw.closed(), 'end');
  assert.equal(raw.received.length, 0);
});

test('a client that has closed its side still gets its answers', async (t) => {
  const echo = await echoServer(t);
  const raw = echo.connect();
  raw.send(`GET /pool HTTP/1.1\r\n${HOST}\r\nGET /text?300000 HTTP/1.1\r\n${HOST}\r\n`);
  raw.socket.end();
  assert.equal((await raw.answer()).status, 200);
  assert.equal((await raw.answer()).body.length, 300000);
  assert.equal(await raw.closed(), 'end');
});

test('texts are compressed for those who take it, and say that they vary', async (t) => {
  const echo = await echoServer(t);
  const { gunzipSync } = await import('node:zlib');
  for (const [accept, compressed] of [
    ['gzip', true], ['gzip;q=0.5, identity', true], ['gzip;q=0', false], ['br', false], ['*', true],
  ]) {
    const answer = await echo.get('/text?20000', `Accept-Encoding: ${accept}\r\n`);
    assert.equal(answer.headers.vary, 'Accept-Encoding', accept);
    assert.equal(answer.headers['content-encoding'], compressed ? 'gzip' : undefined, accept);
    assert.equal(answer.headers.etag, compressed ? 'W/"strong"' : '"strong"', accept);
    const text = compressed ? gunzipSync(answer.bytes) : answer.bytes;
    assert.equal(text.length, 20000, accept);
  }
  const short = await echo.get('/text?1000', 'Accept-Encoding: gzip\r\n');
  assert.equal(short.headers['content-encoding'], undefined, 'what is short is left alone');
  const blob = await echo.get('/blob', 'Accept-Encoding: gzip\r\n');
  assert.equal(blob.headers['content-encoding'], undefined, 'what is shared is left alone');
});

test('an answer that cannot be made is a 500, and the connection goes on', async (t) => {
  const echo = await echoServer(t, { response_bytes: 5000 });
  const raw = echo.connect();
  raw.send(`GET /bad HTTP/1.1\r\n${HOST}\r\nGET /text?5001 HTTP/1.1\r\n${HOST}\r\nGET /x HTTP/1.1\r\n${HOST}\r\n`);
  const bad = await raw.answer();
  assert.equal(bad.status, 500);
  assert.equal(bad.headers['x-bad'], undefined);
  assert.equal((await raw.answer()).status, 500);
  assert.equal((await raw.answer()).status, 200);
});

test('only a trusted proxy may say who the client is', async (t) => {
  const forwarded = 'X-Forwarded-For: 9.9.9.9, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n';
  const plain = echoed(await (await echoServer(t)).get('/x', forwarded));
  assert.deepEqual([plain.peer, plain.scheme], ['127.0.0.1', 'plain']);
  const echo = await echoServer(t, { trust: '127.0.0.1' });
  const cases = [
    [forwarded, '203.0.113.7', 'secure'],
    ['X-Forwarded-For: 203.0.113.7, 127.0.0.1\r\nX-Forwarded-Proto: http\r\n', '203.0.113.7', 'plain'],
    ['X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: http\r\n', '203.0.113.7', 'plain'],
    ['X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 2001:db8::1\r\n', '2001:db8::1', 'plain'],
    ['X-Forwarded-For: 9.9.9.9, nonsense\r\n', '127.0.0.1', 'plain'],
    ['X-Forwarded-For: \r\n', '127.0.0.1', 'plain'],
    ['', '127.0.0.1', 'plain'],
  ];
  for (const [headers, peer, scheme] of cases) {
    const got = echoed(await echo.get('/x', headers));
    assert.deepEqual([got.peer, got.scheme], [peer, scheme], headers);
  }
});

test('a network of trusted proxies is passed over from the right, and nothing before it', async (t) => {
  const echo = await echoServer(t, { trust: '127.0.0.0/8' });
  for (const [forwarded, peer] of [
    ['203.0.113.7, 127.9.9.9', '203.0.113.7'],
    ['9.9.9.9, 203.0.113.7, 127.1.1.1, 127.9.9.9', '203.0.113.7'],
    ['127.0.0.5, 203.0.113.7', '203.0.113.7'],
    ['127.0.0.5, 127.0.0.6', '127.0.0.5'],
    ['203.0.113.7, 128.0.0.1', '128.0.0.1'],
  ]) {
    assert.equal(echoed(await echo.get('/x', `X-Forwarded-For: ${forwarded}\r\n`)).peer, peer, forwarded);
  }
});
