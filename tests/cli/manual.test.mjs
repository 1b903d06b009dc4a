/* The manual says what the program has: no setting or command is missing from it, none is made up. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { root, runKinglet } from '../lib/server.mjs';

const manual = readFileSync(path.join(root, 'docs/man/kinglet.1'), 'utf8');

/* {name: [argument or "", what is said about it]} of the tagged lists with a flag. */
function settingsOfManual() {
  const settings = {};
  for (const item of manual.split(/^\.It /m).slice(1)) {
    const [head, ...said] = item.split('\n');
    const flag = /^Fl \\-(\S+)/.exec(head);
    if (flag) settings[flag[1].replaceAll('\\-', '-')] = said.join('\n');
  }
  delete settings.config; // the file's own flag is no setting
  return settings;
}

/* {name: default or undefined} of `kinglet help serve`. */
async function settingsOfProgram() {
  const { stdout } = await runKinglet(['help', 'serve']);
  const rows = [...stdout.matchAll(/^ {2}--(\S+) +(.*?)(?: \[([^\]]*)\])?$/gm)];
  return Object.fromEntries(rows.map(([, name, , preset]) => [name, preset]));
}

test('the manual has every setting with its default, and no other', async () => {
  const said = settingsOfManual();
  const presets = await settingsOfProgram();
  assert.ok(Object.keys(presets).length > 30);
  assert.deepEqual(Object.keys(said).sort(), Object.keys(presets).sort());
  for (const [name, preset] of Object.entries(presets)) {
    if (preset === undefined) continue;
    const words = said[name].replaceAll(/\n\.(Ql|Cm)? ?/g, ' ').replaceAll('\n', ' ');
    assert.ok(words.includes(`default is ${preset}`), `${name}: wanted "default is ${preset}" in: ${words}`);
  }
});

test('the manual has every command', async () => {
  const { stdout } = await runKinglet(['help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name);
  assert.ok(commands.length >= 9, commands.join(' '));
  for (const name of commands) assert.match(manual, new RegExp(`^\\.It Cm ${name}\\b`, 'm'), name);
});
