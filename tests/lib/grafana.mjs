/*
 * grafana.mjs: what Grafana would do with a dashboard, for tests, since it can't be run: variables and macros become
 * text as its data sources make them (Prometheus: public/app/plugins/datasource/prometheus; PostgreSQL:
 * pkg/tsdb/grafana-postgresql-datasource/macros.go), and the JSON is held to the types of its own package @grafana/schema.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './server.mjs';

const ts = createRequire(import.meta.url)('typescript');

/* ---- queries --------------------------------------------------------------------------------------------------- */

const escapeRegex = (value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');

/* The value of a variable in PromQL: one as it is, several as alternatives. */
const asPromQl = (value) => (Array.isArray(value) ? `(${value.map(escapeRegex).join('|')})` : value);

/* A text with $name and ${name} replaced; throws for a name that neither the dashboard nor Grafana has. */
function interpolate(text, values) {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
    const value = values[braced ?? bare];
    if (value === undefined) throw new Error(`${whole} in: ${text}`);
    return value;
  });
}

/* PromQL of a panel, for a range of `rangeS` seconds that is shown in steps of `stepS`, scraped each `scrapeS`. */
export function promQl(text, { variables = {}, rangeS, stepS, scrapeS }) {
  const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, asPromQl(value)]));
  return interpolate(text, {
    ...values,
    __interval: `${stepS}s`,
    __rate_interval: `${Math.max(stepS + scrapeS, 4 * scrapeS)}s`,
    __range: `${rangeS}s`,
  });
}

const UNIT_S = { s: 1, m: 60, h: 3600, d: 86400 };

/* SQL of a panel, for the time from `fromS` to `toS`, in groups of `interval` (1m). */
export function sql(text, { variables = {}, fromS, toS, interval }) {
  const seconds = (duration) => {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(duration.trim().replace(/^'(.*)'$/, '$1'));
    return Number(count) * UNIT_S[unit];
  };
  const macros = {
    unixEpochFrom: () => String(fromS),
    unixEpochTo: () => String(toS),
    unixEpochFilter: (column) => `${column} >= ${fromS} AND ${column} <= ${toS}`,
    unixEpochGroup: (column, duration) => `floor((${column})/${seconds(duration)})*${seconds(duration)}`,
    unixEpochGroupAlias: (column, duration) => `${macros.unixEpochGroup(column, duration)} AS "time"`,
  };
  const plain = interpolate(text.replace(/\$__(unix\w+)/g, '@@$1'), { ...variables, __interval: interval });
  return plain.replace(/@@(\w+)\(([^)]*)\)/g, (whole, name, args) => {
    if (!macros[name]) throw new Error(`a macro that this doesn't know: $__${name}`);
    return macros[name](...args.split(',').map((arg) => arg.trim()));
  });
}

/* All panels that show something, those inside of rows as well. */
export const panelsOf = (dashboard) =>
  dashboard.panels.flatMap((panel) => (panel.type === 'row' ? panel.panels : [panel]));

/* ---- the schema ------------------------------------------------------------------------------------------------ */

const COMPOSABLE = '@grafana/schema/dist/esm/raw/composable';
const CONFIGS = { timeseries: 'TimeSeries', stat: 'Stat', table: 'Table', bargauge: 'BarGauge', logs: 'Logs' };

/*
 * Enumerations are written as their values in JSON; everything else is as the package has it. A property that the
 * package doesn't have, or a value of another kind, is an error.
 */
const HEAD = `import type { Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
${Object.entries(CONFIGS).map(([type, name]) =>
  `import type * as ${type} from '${COMPOSABLE}/${type}/panelcfg/x/${name}PanelCfg_types.gen';`).join('\n')}
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Of<Type extends string, Options, Config> = Omit<Plain<Panel>, 'type' | 'options' | 'fieldConfig'> & {
  type: Type; options: Plain<Options>;
  fieldConfig: { defaults: Omit<Plain<FieldConfig>, 'custom'> & { custom?: Plain<Config> };
    overrides: Plain<FieldConfigSource['overrides']> } };
`;
const PANEL_TYPES = {
  row: 'Plain<RowPanel>',
  timeseries: "Of<'timeseries', timeseries.Options, timeseries.FieldConfig>",
  stat: "Of<'stat', stat.Options, Record<string, never>>",
  table: "Of<'table', table.Options, Partial<table.FieldConfig>>",
  bargauge: "Of<'bargauge', bargauge.Options, Record<string, never>>",
  logs: "Of<'logs', logs.Options, Record<string, never>>",
};

/* What Grafana's types say against a dashboard: messages, each with its place in the dashboard. */
export function schemaProblems({ panels, ...others }) {
  const parts = [HEAD, `export const all: Omit<Plain<Dashboard>, 'panels'> = ${JSON.stringify(others, null, 1)};\n`];
  panels.forEach((panel, i) => {
    parts.push(`export const panel${i}: ${PANEL_TYPES[panel.type] ?? 'never'} = ${JSON.stringify(panel, null, 1)};\n`);
  });
  const text = parts.join('');
  const file = path.join(root, 'tests/ops/dashboard.check.ts'); // isn't there: only its folder matters, for imports
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, types: [],
    module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const own = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  host.getSourceFile = (name, ...rest) => (name === file ? own : getSourceFile.call(host, name, ...rest));
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.readFile = (name) => (name === file ? text : readFile.call(host, name));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((problem) => {
    const line = problem.file?.fileName === file ? text.slice(0, problem.start).split('\n').length - 1 : -1;
    const where = text.split('\n')[line]?.trim() ?? problem.file?.fileName;
    return `${where}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
  });
}
