/*
 * monitoring.mjs: what watches a cluster, for tests: the rules of ops/prometheus as data, and the real Prometheus,
 * Alertmanager and exporters, started on free ports with the real configuration.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './server.mjs';

export const OPS = path.join(root, 'ops/prometheus');
const filesIn = (folder) => readdirSync(path.join(OPS, folder)).sort().map((name) => path.join(OPS, folder, name));
export const RULES = filesIn('rules');
export const RULE_TESTS = filesIn('tests');

/* A YAML file as data; Python reads it, since Node has no parser. */
export function readYaml(file) {
  const script = 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)';
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

/* Runs promtool, amtool and their like to the end, as whoever runs the test: {code, output}. */
export function runTool(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, output: stdout + stderr, stdout }));
  });
}

/* All alerts: {alert, expr, for, labels, annotations}. */
export function alertsOf() {
  return RULES.flatMap((file) => readYaml(file).groups).flatMap(({ rules }) => rules).filter(({ alert }) => alert);
}

/* ops/alertmanager/render with that environment and nothing else; the folder. Throws what it said where it refuses. */
export function renderAlertmanager(dir, env) {
  const script = path.join(root, 'ops/alertmanager/render');
  const done = spawnSync('sh', [script, dir], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return dir;
}
