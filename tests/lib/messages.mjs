/*
 * messages.mjs: finds what a person would read on a page that is no message of the catalogues. Pages are asked for
 * in the language qps, which shows each message in brackets ⟦…⟧ (tools/languages.py): letters outside of them were
 * written past the catalogues. Tests give people, posts and the place names without letters.
 */
import { unescapeHtml } from './client.mjs';

/* What is the same in each language. */
const SIGNS = /\b(?:UTC|API|p\d\d|\dxx|GiB|MiB|ms|s|\d+k|\d+M|⟦qps⟧)\b/g;
const READ = new Set([
  'title', 'alt', 'placeholder', 'label', 'abbr', 'aria-label', 'aria-description', 'aria-valuetext',
  'aria-roledescription',
]);
const VERBATIM = new Set(['code', 'pre', 'kbd', 'samp', 'var', 'textarea', 'script', 'style']);
const VOID = new Set([
  'area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr',
]);
const TOKEN = /<!--.*?-->|<![^>]*>|<(\/?)([a-z][a-z0-9-]*)((?:[^>"]|"[^"]*")*)>|[^<]+/gis;
const ATTRIBUTE = /([^\s"=/]+)(?:="([^"]*)")?/g;

/* Letters outside of brackets, whose depth goes on from text to text. */
function outside(text, depth) {
  let rest = '';
  let now = depth;
  for (const c of text) {
    if (c === '⟦') now += 1;
    else if (c === '⟧') now -= 1;
    else if (now === 0) rest += c;
  }
  return { depth: now, wrong: /\p{L}/u.test(rest.replace(SIGNS, '')) ? rest.trim() : '' };
}

function isRead(name, element, attributes) {
  if (READ.has(name) || name.startsWith('data-text')) return true;
  if (name === 'value') return element === 'input' && /^(submit|button|reset)$/.test(attributes.get('type'));
  const about = attributes.get('name') ?? attributes.get('property') ?? '';
  return name === 'content' && element === 'meta' && /(description|:title)$/.test(about);
}

/* Each text of a page that no catalogue knows, with where it stands. */
export function foreignTexts(html) {
  const found = [];
  const open = []; // {element, silent}
  let depth = 0;
  const say = (where, text) => {
    const { wrong } = outside(unescapeHtml(text), 0);
    if (wrong) found.push(`${where}: ${wrong}`);
  };
  for (const [token, slash, name, rest] of html.matchAll(TOKEN)) {
    const element = name?.toLowerCase();
    const silent = open.some((entry) => entry.silent);
    if (element && slash) {
      while (open.length && open.pop().element !== element);
    } else if (element) {
      const attributes = new Map([...rest.matchAll(ATTRIBUTE)].map(([, key, value]) => [key.toLowerCase(), value]));
      for (const [key, value] of attributes) {
        if (!silent && value && isRead(key, element, attributes)) say(`<${element} ${key}>`, value);
      }
      if (!VOID.has(element)) {
        open.push({ element, silent: VERBATIM.has(element) || attributes.get('translate') === 'no' });
      }
    } else if (!token.startsWith('<') && !silent) {
      const text = outside(unescapeHtml(token), depth);
      depth = text.depth;
      if (text.wrong) found.push(`<${open.at(-1)?.element ?? 'page'}>: ${text.wrong}`);
    }
  }
  if (depth !== 0) found.push('a message that is not closed');
  return found;
}
