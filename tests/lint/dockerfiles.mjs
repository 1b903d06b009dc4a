#!/usr/bin/env node
/*
 * dockerfiles.mjs: what ./dev lint says about Dockerfiles. dockerfile-utils finds what Docker itself would refuse or
 * misread; the rules of the house below hold every image to docs/images.md: nobody is root, nothing comes from a place
 * that isn't pinned, no secret stays in a layer, signals arrive, and health can be asked for.
 *
 * usage: dockerfiles.mjs FILE...      a line per problem; exit status 1 where there is any
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ast from 'dockerfile-ast';
import utils from 'dockerfile-utils';

const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY)/i;
const SECRET_PLACE = /^\/(run|etc)\//; // a path says where the secret will be, and isn't one

/* The instructions of each stage; what stands before the first FROM belongs to none. */
function stagesOf(instructions) {
  const stages = [];
  for (const instruction of instructions) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

const text = (instruction) => instruction.getArguments().map((argument) => argument.getValue()).join(' ');
const named = (stage, keyword) => stage.filter((instruction) => instruction.getKeyword() === keyword);

function* baseProblems(stages) {
  const known = new Set(['scratch']);
  for (const [from] of stages) {
    const image = from.getImage() || '';
    const tag = from.getImageTag();
    const pinned = from.getImageDigest() || image.includes('$') || known.has(image);
    if (!pinned && (!tag || tag === 'latest')) {
      yield [from, `${image}: name the version, such as debian:bookworm-slim, or a digest`];
    }
    if (from.getBuildStage()) known.add(from.getBuildStage());
  }
}

function* secretProblems(instructions) {
  for (const instruction of instructions) {
    if (!['ENV', 'ARG'].includes(instruction.getKeyword())) continue;
    const properties = instruction.getProperties?.() ?? [instruction.getProperty?.()];
    for (const property of properties.filter(Boolean)) {
      const value = property.getValue();
      if (SECRET_NAME.test(property.getName()) && value && !SECRET_PLACE.test(value)) {
        yield [instruction, `${property.getName()}: a secret would stay in the image. Mount it at /run/secrets`];
      }
    }
  }
}

function* runProblems(stage, isLast) {
  for (const run of named(stage, 'RUN')) {
    const command = text(run);
    if (/\b(curl|wget)\b[^|;&]*\|\s*(ba|da)?sh\b/.test(command)) {
      yield [run, 'what comes from the network is run unseen. Install a package, or check a hash'];
    }
    if (/\bsudo\b/.test(command)) yield [run, 'sudo: a build is root already; give rights up by USER'];
    if (!/\bapt-get\b[^;&|]*\binstall\b/.test(command)) continue;
    if (!command.includes('--no-install-recommends')) {
      yield [run, 'apt-get install without --no-install-recommends: the image gets what nobody asked for'];
    }
    if (isLast && !command.includes('/var/lib/apt/lists') && !command.includes('--mount=type=cache')) {
      yield [run, "apt-get's lists stay in the layer. End this RUN with: rm -rf /var/lib/apt/lists/*"];
    }
  }
}

function* lastStageProblems(stage) {
  const [from] = stage;
  const user = named(stage, 'USER').at(-1);
  if (!user) yield [from, 'the image runs as root. End with USER and an account without rights'];
  else if (/^(root|0)(:|$)/.test(text(user))) yield [user, 'the image runs as root. Name an account without rights'];
  if (!named(stage, 'HEALTHCHECK').length) {
    yield [from, 'no HEALTHCHECK: a rolling update could not tell whether the new version works'];
  }
  for (const keyword of ['ENTRYPOINT', 'CMD']) {
    for (const instruction of named(stage, keyword)) {
      if (!/^\s*\[/.test(instruction.getRawArgumentsContent?.() ?? text(instruction))) {
        yield [instruction, `${keyword} runs by a shell, which keeps signals to itself. Write ["program", "argument"]`];
      }
    }
  }
  for (const add of named(stage, 'ADD')) {
    if (/https?:/.test(text(add))) yield [add, 'ADD of an address: nobody checks what comes. Copy a checked file'];
  }
}

/* [[line, what]] of a Dockerfile's text. */
export function problemsOf(source) {
  const found = utils
    .validate(source, { deprecatedMaintainer: 2, instructionCMDMultiple: 2, instructionEntrypointMultiple: 2 })
    .map((problem) => [problem.range.start.line + 1, problem.message]);
  const instructions = ast.DockerfileParser.parse(source).getInstructions();
  const stages = stagesOf(instructions);
  const ours = [...baseProblems(stages), ...secretProblems(instructions)];
  stages.forEach((stage, index) => ours.push(...runProblems(stage, index === stages.length - 1)));
  if (stages.length) ours.push(...lastStageProblems(stages.at(-1)));
  found.push(...ours.map(([instruction, what]) => [instruction.getRange().start.line + 1, what]));
  return found.sort((a, b) => a[0] - b[0]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) {
    for (const [line, what] of problemsOf(readFileSync(file, 'utf8'))) {
      console.log(`${file}:${line}: ${what}`);
      process.exitCode = 1;
    }
  }
}
