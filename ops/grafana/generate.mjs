#!/usr/bin/env node
/*
 * generate.mjs: writes the dashboards, dashboards/*.json, from source/*.mjs. Grafana reads the JSON alone; people read,
 * and change, the sources. `node ops/grafana/generate.mjs`; a test fails where the JSON isn't what the sources make.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import business from './source/business.mjs';
import infrastructure from './source/infrastructure.mjs';

/* {file name: its text} */
export const files = Object.fromEntries(
  Object.entries({ business, infrastructure })
    .map(([name, made]) => [`${name}.json`, `${JSON.stringify(made, null, 2)}\n`]),
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(`dashboards/${name}`, import.meta.url), text);
}
