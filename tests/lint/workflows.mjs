#!/usr/bin/env node
/*
 * workflows.mjs: what GitHub would say of workflows, without GitHub: its own parser (@actions/workflow-parser) holds
 * them to GitHub's published schema and reads each expression. On top, two rules of the house: actions are pinned to a
 * commit, since a tag can be moved, and a step runs one script of this tree, so that it runs the same on a laptop.
 *
 * usage: workflows.mjs FILE...      a line per problem; exit status 1 where there is any
 */
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';

/* The parser imports its schema as a bundler would; Node.js wants to be told that JSON may be a module. */
const loader = `
  import { readFileSync } from 'node:fs';
  export async function load(url, context, next) {
    if (!url.endsWith('.json')) return next(url, context);
    return { format: 'module', shortCircuit: true, source: 'export default ' + readFileSync(new URL(url), 'utf8') };
  }`;
register(`data:text/javascript,${encodeURIComponent(loader)}`);
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

const PINNED = /^(\.\/|[\w.-]+\/[\w./-]+@[0-9a-f]{40}$)/;
const SCRIPT = /^(\.ci\/in-debian )?(\.\/dev|\.ci\/\w+)( [\w${}. -]*)?$/;

/* What GitHub's parser says of a workflow's text. */
async function parserProblems(name, content) {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map((error) => error.message);
  if (errors.length || !value) return errors;
  const template = await convertWorkflowTemplate(context, value);
  return (template.errors ?? []).map((error) => error.Message);
}

function* houseProblems(name, workflow) {
  for (const [job, { steps = [], needs = [] }] of Object.entries(workflow.jobs ?? {})) {
    for (const needed of [needs].flat()) {
      if (!(needed in workflow.jobs)) yield `${name}: ${job} needs ${needed}, which isn't there`;
    }
    for (const { uses, run } of steps) {
      if (uses && !PINNED.test(uses)) yield `${name}: ${job}: ${uses}: pin the action by its commit's hash`;
      if (run && !SCRIPT.test(run.trim())) {
        yield `${name}: ${job}: "${run.trim()}": put it into a script, and call that`;
      }
    }
  }
}

/* Lines of problems of a workflow's text. */
export async function problemsOf(name, content) {
  const problems = await parserProblems(name, content);
  return problems.length ? problems : [...houseProblems(name, parse(content))];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) {
    for (const problem of await problemsOf(file, readFileSync(file, 'utf8'))) {
      console.log(problem);
      process.exitCode = 1;
    }
  }
}
