/*
 * stack.mjs: ops/stack on a real swarm of one, for the rehearsal of deployments.
 *
 *   const images = await buildImages();              // kinglet of two versions, one that never gets ready, the others
 *   const stack = await startStack();
 *   await stack.deploy(['--version', V1], { secrets: SECRETS });     // {code, stdout, stderr} of ops/stack/deploy
 *   stack.web, stack.api                             // base URLs of the proxy's ports
 *   await stack.sql('SELECT …'), await stack.query('up'), await stack.containers('web')
 *   await stack.stop()
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './daemon.mjs';
import { startEngine } from './docker.mjs';
import { root, tempDir, waitFor } from './server.mjs';

export const V1 = '1.0.0-rehearsal';
export const V2 = '2.0.0-rehearsal';
export const NEVER_READY = '3.0.0-rehearsal';

/* Each is looked for in everything that is said. */
export const SECRETS = {
  KINGLET_DB_PASSWORD: 'db-password-of-the-rehearsal',
  KINGLET_API_PASSWORD: 'super_safe!', // the one that the load's programs have
  KINGLET_GRAFANA_ADMIN_PASSWORD: 'grafana-password-of-the-rehearsal',
  KINGLET_DISCORD_WEBHOOK_URL: 'http://127.0.0.1:9/discord-of-the-rehearsal',
  KINGLET_HEARTBEAT_URL: 'http://127.0.0.1:9/heartbeat-of-the-rehearsal',
};

/* Runs as a real node does, and its admin listener, which says whether it is ready, isn't there. */
const NEVER_READY_IMAGE = `FROM kinglet/kinglet:${V2}\nCMD ["serve", "--admin", "off"]\n`;

export async function buildImages() {
  const engine = await startEngine();
  try {
    const build = async (...args) => {
      const options = { env: engine.env, timeoutMs: 900000 };
      const { code, stdout, stderr } = await runProgram(path.join(root, 'ops/images/build'), args, options);
      if (code !== 0) throw new Error(`ops/images/build ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
    };
    await build('--version', V1, 'kinglet', 'proxy', 'database', 'monitoring');
    await build('--version', V2, 'kinglet');
    await engine.docker('build', '--network', 'none', '--tag', `kinglet/kinglet:${NEVER_READY}`, '-',
      { input: NEVER_READY_IMAGE });
    for (const image of ['proxy', 'database', 'monitoring']) {
      await engine.docker('tag', `kinglet/${image}:${V1}`, `kinglet/${image}:${V2}`);
    }
  } finally {
    await engine.stop();
  }
}

/*
 * Over compose.yml: quicker checks, and none of the limits that a load of tests would meet. All of it runs on one small
 * machine, where other tests may run as well: a database that is slow for a second is not what is looked for.
 */
const REHEARSAL = `version: "3.9"
x-node: &node
  environment: { KINGLET_POST_BURST: "0", KINGLET_REGISTER_BURST: "0", KINGLET_DB_TIMEOUT_MS: "5000" }
  healthcheck: { interval: 1s, retries: 5, start_period: 5s }
  deploy: { update_config: { monitor: 5s, delay: 1s } }
services:
  web: *node
  api: *node
  proxy:
    environment:
      KINGLET_WEB_REQUESTS_10S: "1000000"
      KINGLET_API_REQUESTS_10S: "1000000"
      KINGLET_ATTEMPTS_60S: "1000000"
`;

export async function startStack({ httpPort = 8080, apiPort = 5001 } = {}) {
  const engine = await startEngine({ network: 'own' });
  await engine.docker('swarm', 'init', '--advertise-addr', engine.address);
  const file = path.join(tempDir(), 'rehearsal.yml');
  writeFileSync(file, REHEARSAL);
  const settings = { KINGLET_HTTP_PORT: String(httpPort), KINGLET_API_PORT: String(apiPort) };
  const env = { ...engine.env, ...settings, KINGLET_GRAFANA_REPLICAS: '0', KINGLET_DEPLOY_S: '180' };

  async function containers(service) {
    const args = ['ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=kinglet_${service}`];
    return (await engine.docker(...args)).split('\n').filter(Boolean);
  }
  async function inside(service, ...command) {
    const [container] = await containers(service);
    if (!container) throw new Error(`no container of ${service} runs`);
    return engine.docker('exec', container, ...command);
  }
  return {
    engine,
    env,
    web: `http://${engine.address}:${httpPort}`,
    api: `http://${engine.address}:${apiPort}`,
    containers,
    inside,
    deploy(args, { secrets = {}, host = {}, files = [] } = {}) {
      const words = [...[file, ...files].flatMap((one) => ['--file', one]), ...args];
      const options = { env: { ...env, ...secrets, ...host }, timeoutMs: 300000 };
      return runProgram(path.join(root, 'ops/stack/deploy'), words, options);
    },
    async sql(text) {
      const run = '/usr/local/lib/kinglet-database/run';
      const rows = await inside('database', run, 'psql', '-d', 'kinglet', '-At', '-c', text);
      return rows.replace(/\n$/, '');
    },
    /* What the stack's Prometheus answers to an expression, as lines of promtool. */
    query: (expression) => inside('prometheus', 'promtool', 'query', 'instant', 'http://127.0.0.1:9090', expression),
    /* Images that the running containers of a service have. */
    async images(service) {
      const ids = await containers(service);
      return (await engine.docker('inspect', '--format', '{{.Config.Image}}', ...ids)).split('\n').filter(Boolean);
    },
    /* Waits until the pages and the API answer through the proxy. */
    answers: (timeoutMs = 120000) => waitFor('the stack to answer', async () => {
      const asked = [`${engine.address}:${httpPort}/public`, `${engine.address}:${apiPort}/latest`];
      const answers = await Promise.all(asked.map((url) => fetch(`http://${url}`).then(({ ok }) => ok, () => false)));
      return answers.every(Boolean);
    }, timeoutMs),
    stop: () => engine.stop(),
  };
}
