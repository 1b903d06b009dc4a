#!/usr/bin/env node
/*
 * travis.mjs: whether .travis.yml is what Travis would understand. Its own lint (`travis lint`, the gem travis) asks
 * Travis's server, and neither is to be had without that network. So this is the part of Travis's published schema
 * (github.com/travis-ci/travis-yml, schema.json) that a chain of scripts needs, and stricter: what isn't listed is
 * refused, because Travis drops a key that it doesn't know with a warning that nobody reads.
 *
 * usage: travis.mjs FILE...      a line per problem; exit status 1 where there is any
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { validate } from '../lib/json_schema.mjs';

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const one = (...values) => ({ type: 'string', pattern: `^(${values.join('|')})$` });
const off = { type: 'boolean' };
const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });

/* By how conditions are written in Travis's documentation, as far as this tree writes them. */
const TERM = '[a-z_]+ (= [\\w./-]+|IS (NOT )?blank)';
const condition = { type: 'string', pattern: `^${TERM}( AND ${TERM})*$` };
const script = { type: 'string', pattern: '^(\\.ci/in-debian )?(\\./dev|\\.ci/\\w+)( [\\w -]+)?$' };
const workspaces = object({ create: object({ name: text, paths: texts }, ['name', 'paths']), use: text });

const schema = object({
  os: one('linux'),
  dist: one('focal', 'jammy'),
  language: one('shell', 'generic'),
  services: { type: 'array', items: one('docker') },
  git: object({ depth: off }),
  if: condition,
  stages: { type: 'array', items: { oneOf: [text, object({ name: text, if: condition }, ['name', 'if'])] } },
  jobs: object({
    include: {
      type: 'array',
      items: object({ stage: text, name: text, script, workspaces }, ['stage', 'name', 'script']),
    },
  }, ['include']),
  after_failure: text,
  notifications: object({ email: off }),
}, ['os', 'dist', 'language', 'stages', 'jobs']);

/* Lines of problems of a .travis.yml. */
export function problemsOf(name, content) {
  const document = parseDocument(content);
  if (document.errors.length) return document.errors.map((error) => `${name}: ${error.message}`);
  const config = document.toJS();
  const problems = validate(schema, schema, config).map((problem) => `${name}: ${problem}`);
  if (problems.length) return problems;
  const stages = config.stages.map((stage) => stage.name ?? stage);
  const made = config.jobs.include.flatMap((job) => job.workspaces?.create?.name ?? []);
  for (const { stage, name: job, workspaces: { use } = {} } of config.jobs.include) {
    if (!stages.includes(stage)) problems.push(`${name}: ${job}: there is no stage ${stage}`);
    if (use && !made.includes(use)) problems.push(`${name}: ${job}: no job makes the workspace ${use}`);
  }
  for (const stage of stages) {
    if (!config.jobs.include.some((job) => job.stage === stage)) problems.push(`${name}: ${stage} has no job`);
  }
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) {
    for (const problem of problemsOf(file, readFileSync(file, 'utf8'))) {
      console.log(problem);
      process.exitCode = 1;
    }
  }
}
