/*
 * github.mjs: stands for the part of GitHub's API that manages a repository's webhooks, for tests. It keeps them as
 * GitHub does and refuses what GitHub refuses. (https://docs.github.com/en/rest/repos/webhooks)
 */
import http from 'node:http';

const VERSION = '2022-11-28';

/*
 * {url, token, hooks, calls, pings, next, pageSize}: `hooks` are the webhooks, as the API shows them; `calls` all that
 * was asked ("PATCH /hooks/3"); what is pushed to `next` is answered before anything else: {status, headers, body}.
 */
export async function startGitHub(t, { repository = 'kinglet/kinglet', pageSize = 100 } = {}) {
  const github = { token: `ghs-${'t0ken'.repeat(8)}`, hooks: [], calls: [], pings: [], next: [], pageSize };
  let last = 100;

  const same = (a, b) => a.config.url === b.config.url && a.events.some((event) => b.events.includes(event));

  function wrong(hook) {
    const { config, events } = hook;
    if (hook.name !== 'web') return 'name';
    if (!config?.url || !['json', 'form'].includes(config.content_type)) return 'config';
    if (!['0', '1'].includes(String(config.insecure_ssl ?? '0')) || !Array.isArray(events)) return 'events';
    return null;
  }

  function shown(hook) {
    const config = { ...hook.config, ...(hook.config.secret ? { secret: '********' } : {}) };
    return { type: 'Repository', ...hook, config, last_response: { code: null, status: 'unused', message: null } };
  }

  function list(url) {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), github.pageSize);
    const more = github.hooks.length > page * size;
    const link = `${github.url}/repos/${repository}/hooks?per_page=${size}&page=${page + 1}`;
    const headers = more ? { Link: `<${link}>; rel="next"` } : {};
    return [200, github.hooks.slice((page - 1) * size, page * size).map(shown), headers];
  }

  function save(hook, id) {
    const problem = wrong(hook);
    if (problem) return [422, { message: 'Validation Failed', errors: [{ resource: 'Hook', field: problem }] }];
    if (github.hooks.some((one) => one.id !== id && same(one, hook))) {
      const errors = [{ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' }];
      return [422, { message: 'Validation Failed', errors }];
    }
    if (id) {
      Object.assign(github.hooks.find((one) => one.id === id), hook);
      return [200, shown(github.hooks.find((one) => one.id === id))];
    }
    last += 1;
    github.hooks.push({ id: last, ...hook });
    return [201, shown(github.hooks.at(-1))];
  }

  function respond(req, text) {
    const url = new URL(req.url, 'http://x');
    const path = url.pathname.replace(`/repos/${repository}`, '');
    github.calls.push(`${req.method} ${path}`);
    const told = github.next.shift();
    if (told) return [told.status, told.body ?? {}, told.headers];
    if (req.headers.authorization !== `Bearer ${github.token}`) return [401, { message: 'Bad credentials' }];
    if (!req.headers['user-agent']) return [403, { message: 'Request forbidden by administrative rules' }];
    if (req.headers['x-github-api-version'] !== VERSION) return [400, { message: 'unknown version' }];
    const [, kind, id, what] = path.match(/^\/(hooks)(?:\/(\d+)(\/pings)?)?$/) ?? [];
    const known = id ? github.hooks.find((hook) => hook.id === Number(id)) : kind;
    if (!known) return [404, { message: 'Not Found' }];
    if (what) {
      github.pings.push(Number(id));
      return [204];
    }
    if (req.method === 'GET' && !id) return list(url);
    if (req.method === 'POST' && !id) return save(JSON.parse(text));
    if (req.method === 'PATCH' && id) return save({ ...known, ...JSON.parse(text) }, Number(id));
    if (req.method === 'DELETE' && id) {
      github.hooks = github.hooks.filter((hook) => hook !== known);
      return [204];
    }
    return [404, { message: 'Not Found' }];
  }

  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
      const [status, body, headers = {}] = respond(req, Buffer.concat(parts).toString());
      res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      res.end(status === 204 ? undefined : JSON.stringify(body));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  github.url = `http://127.0.0.1:${server.address().port}`;
  return github;
}
