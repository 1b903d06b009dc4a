/*
 * panels.mjs: short words for what a dashboard of Grafana consists of, and its layout. A dashboard is a list of rows,
 a row
 * a title and panels; where each stands follows from its width and height, so that none can lie on another.
 *
 * A panel: {title, description, unit, queries, w, h, …}. A query: an expression of PromQL or SQL, or {query, legend};
 * `thresholds` are [colour, from] pairs, the first without `from`. Everything else has a default that fits.
 */

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };
export const POSTGRES = { type: 'grafana-postgresql-datasource', uid: '${database}' };

/* What each kind is made of, for one data source. */
const target = (source, { query, legend, format }, index, instant) => {
  const common = { refId: String.fromCharCode(65 + index), datasource: source, editorMode: 'code' };
  if (source === POSTGRES) return { ...common, rawQuery: true, rawSql: query, format };
  return {
    ...common, expr: query, legendFormat: legend ?? '__auto', instant, range: !instant,
    ...(format === 'table' && { format }),
  };
};

const steps = (thresholds = [['green']]) => ({
  mode: 'absolute',
  steps: thresholds.map(([color, value]) => ({ color, value: value ?? null })),
});

/* Statuses have the same colour everywhere. */
const STATUS_COLOURS = [['2', 'green'], ['3', 'blue'], ['4', 'yellow'], ['5', 'red']].map(([digit, colour]) => ({
  matcher: { id: 'byRegexp', options: `/\\b${digit}\\w\\w$/` },
  properties: [{ id: 'color', value: { mode: 'shades', fixedColor: colour } }],
}));

const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false };

function base(type, source, panel, { format, instant = false }) {
  const queries = (panel.queries ?? [panel.query])
    .map((query) => (typeof query === 'string' ? { query } : query))
    .map((query) => ({ format, ...query }));
  return {
    type,
    title: panel.title,
    description: panel.description,
    datasource: source,
    w: panel.w, h: panel.h,
    ...(panel.interval && { interval: panel.interval }),
    targets: queries.map((query, index) => target(source, query, index, instant)),
    ...(panel.runbook && {
      links: [
        link(`Runbook ${panel.runbook}`, `\${runbooks}/docs/runbooks/${panel.runbook}.md`, { targetBlank: true }),
      ],
    }),
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        thresholds: steps(panel.thresholds),
        color: { mode: panel.thresholds && type !== 'timeseries' ? 'thresholds' : 'palette-classic' },
        ...(panel.decimals !== undefined && { decimals: panel.decimals }),
        ...(panel.min !== undefined && { min: panel.min }),
        ...(panel.max !== undefined && { max: panel.max }),
        ...(panel.noValue && { noValue: panel.noValue }),
        ...(panel.mappings && { mappings: panel.mappings }),
      },
      overrides: [...(panel.statuses ? STATUS_COLOURS : []), ...(panel.overrides ?? [])],
    },
  };
}

/* Lines over time. `stack` piles them up; thresholds are drawn as lines. */
export function lines(source, panel) {
  const made = base('timeseries', source, { w: 8, h: 8, min: 0, ...panel }, { format: 'time_series' });
  made.fieldConfig.defaults.custom = {
    drawStyle: panel.bars ? 'bars' : 'line',
    lineWidth: 1,
    fillOpacity: panel.bars ? 80 : panel.stack ? 40 : 8,
    showPoints: 'never',
    spanNulls: false,
    stacking: { group: 'A', mode: panel.stack ? 'normal' : 'none' },
    thresholdsStyle: { mode: panel.thresholds ? 'dashed' : 'off' },
  };
  made.options = {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
  return made;
}

/* One number, or one for each series, as it is now. */
export function stat(source, panel) {
  const made = base('stat', source, { w: 3, h: 4, ...panel }, { format: 'table', instant: true });
  made.options = {
    reduceOptions: REDUCE, orientation: 'auto', textMode: 'auto', colorMode: 'value', graphMode: 'none',
    justifyMode: 'auto',
    percentChangeColorMode: 'standard', showPercentChange: false, wideLayout: true,
  };
  if (source === PROMETHEUS) for (const one of made.targets) delete one.format;
  return made;
}

/* Bars beside names. */
export function bars(source, panel) {
  const made = base('bargauge', source, { w: 8, h: 8, min: 0, ...panel }, { format: 'table', instant: true });
  made.options = {
    reduceOptions: { ...REDUCE, values: source === POSTGRES }, orientation: 'horizontal', displayMode: 'basic',
    valueMode: 'color',
    namePlacement: 'auto', showUnfilled: true, sizing: 'auto', minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300,
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
  };
  if (source === PROMETHEUS) for (const one of made.targets) delete one.format;
  return made;
}

/* Rows and columns; `hide` names columns that aren't shown, `columns` units by name. */
export function table(source, panel) {
  const made = base('table', source, { w: 8, h: 8, unit: 'short', ...panel }, { format: 'table', instant: true });
  made.options = { cellHeight: 'sm', showHeader: true, frameIndex: 0, sortBy: panel.sortBy ?? [] };
  made.fieldConfig.overrides.push(...Object.entries(panel.columns ?? {}).map(([name, unit]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'unit', value: unit }],
  })));
  if (panel.hide) {
    const excludeByName = Object.fromEntries(panel.hide.map((name) => [name, true]));
    made.transformations = [{ id: 'organize', options: { excludeByName, renameByName: {}, indexByName: {} } }];
  }
  return made;
}

export function link(title, url, { targetBlank = false } = {}) {
  return {
    title, url, targetBlank, type: 'link', icon: 'external link', tooltip: '', tags: [], asDropdown: false,
    includeVars: false, keepTime: false,
  };
}

/* A list of all dashboards with the tag kinglet, with the time and the variables of this one. */
const OTHERS = {
  title: 'Kinglet', type: 'dashboards', tags: ['kinglet'], asDropdown: true, includeVars: true, keepTime: true,
  targetBlank: false, icon: 'external link', tooltip: 'The other dashboards', url: '',
};

export const sourceVariable = (name, label, type, value) => ({
  name, label, type: 'datasource', query: type, hide: 0, includeAll: false, multi: false, refresh: 1, regex: '',
  options: [],
  current: { text: value, value, selected: true },
});

/* The values of a label, of which any number may be chosen. */
export const labelVariable = (name, label, description, query) => ({
  name, label, description, type: 'query', datasource: PROMETHEUS, hide: 0, includeAll: true, multi: true,
  allValue: '.+', refresh: 2,
  regex: '', sort: 1, options: [], query: { query, refId: name },
  current: { text: ['All'], value: ['$__all'], selected: true },
});

export const choiceVariable = (name, label, choices) => ({
  name, label, type: 'custom', hide: 0, includeAll: false, multi: false, query: choices.join(','),
  options: choices.map((value, i) => ({ text: value, value, selected: i === 0 })),
  current: { text: choices[0], value: choices[0], selected: true },
});

/* Where the repository's pages are; asked for on the dashboard, since only the operator knows. */
const RUNBOOKS = {
  name: 'runbooks', label: 'Runbooks at', type: 'textbox', hide: 0, query: 'https://git.example.org/kinglet/src/main',
  options: [],
  description: 'The tree of this repository on the web: links to runbooks begin with it',
  current: {
    text: 'https://git.example.org/kinglet/src/main', value: 'https://git.example.org/kinglet/src/main', selected: true,
  },
};

/* Places panels from the left to the right, a new line where the next has no room; [panels, the next free y]. */
function place(panels, top) {
  let [x, y, height] = [0, top, 0];
  const placed = panels.map(({ w, h, ...panel }) => {
    if (x + w > 24) [x, y, height] = [0, y + height, 0];
    const gridPos = { x, y, w, h };
    x += w;
    height = Math.max(height, h);
    return { ...panel, gridPos };
  });
  return [placed, y + height];
}

export function dashboard({ uid, title, description, tags, variables, rows, from, refresh }) {
  const panels = [];
  let y = 0;
  for (const row of rows) {
    panels.push({ type: 'row', title: row.title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } });
    const [placed, next] = place(row.panels, y + 1);
    panels.push(...placed);
    y = next;
  }
  return {
    uid, title, description, tags: ['kinglet', ...tags],
    schemaVersion: 41, version: 1, editable: false, graphTooltip: 1, fiscalYearStartMonth: 0, liveNow: false,
    timezone: 'browser',
    time: { from, to: 'now' }, refresh, timepicker: { refresh_intervals: ['10s', '30s', '1m', '5m', '1h'] },
    links: [OTHERS, link('Runbooks', '${runbooks}/docs/runbooks/README.md', { targetBlank: true })],
    annotations: { list: [] },
    templating: { list: [...variables, RUNBOOKS] },
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
  };
}
