/*
 * json_schema.mjs: a validator for the part of JSON Schema 2020-12 that src/api/openapi.json uses. A keyword
 * that it doesn't know is an error, so that no part of a schema goes unchecked.
 */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const types = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

/* What a $ref of this document points to. */
export function resolve(root, schema) {
  if (schema.$ref === undefined) return schema;
  const path = schema.$ref.replace(/^#\//, '').split('/');
  const found = path.reduce((node, key) => node?.[key], root);
  if (found === undefined) throw new Error(`${schema.$ref} points to nothing`);
  return resolve(root, found);
}

const characters = (text) => [...text].length;

/* keyword: (value, argument, context) => problems; context: {root, schema, at, check} */
const keywords = {
  type: (value, type, { at }) => (types[type](value) ? [] : [`${at}: is not of type ${type}`]),
  required: (value, names, { at }) =>
    isObject(value) ? names.filter((name) => !(name in value)).map((name) => `${at}: lacks ${name}`) : [],
  properties: (value, properties, { at, check }) =>
    isObject(value)
      ? Object.entries(properties).flatMap(([name, schema]) =>
        name in value ? check(schema, value[name], `${at}.${name}`) : [])
      : [],
  additionalProperties: (value, allowed, { at, schema }) => {
    if (allowed !== false) throw new Error('additionalProperties: only false is known');
    return isObject(value)
      ? Object.keys(value)
        .filter((name) => !(name in (schema.properties ?? {})))
        .map((name) => `${at}: has ${name} besides`)
      : [];
  },
  items: (value, items, { at, check }) =>
    Array.isArray(value) ? value.flatMap((item, index) => check(items, item, `${at}[${index}]`)) : [],
  maxItems: (value, most, { at }) =>
    Array.isArray(value) && value.length > most ? [`${at}: has ${value.length} items, over ${most}`] : [],
  minLength: (value, least, { at }) =>
    typeof value === 'string' && characters(value) < least ? [`${at}: is shorter than ${least}`] : [],
  maxLength: (value, most, { at }) =>
    typeof value === 'string' && characters(value) > most ? [`${at}: is longer than ${most}`] : [],
  pattern: (value, pattern, { at }) =>
    typeof value === 'string' && !new RegExp(pattern, 'u').test(value) ? [`${at}: doesn't match ${pattern}`] : [],
  minimum: (value, least, { at }) =>
    typeof value === 'number' && value < least ? [`${at}: ${value} is under ${least}`] : [],
  maximum: (value, most, { at }) =>
    typeof value === 'number' && value > most ? [`${at}: ${value} is over ${most}`] : [],
  oneOf: (value, schemas, { at, check }) => {
    const fitting = schemas.filter((schema) => check(schema, value, at).length === 0).length;
    return fitting === 1 ? [] : [`${at}: fits ${fitting} of oneOf, not 1`];
  },
};
const ANNOTATIONS = new Set(['description', 'default', 'format']);

/* A list of problems; empty where `value` is as `schema`, a part of the document `root`, says. */
export function validate(root, schema, value, at = '$') {
  const check = (part, item, where) => validate(root, part, item, where);
  const resolved = resolve(root, schema);
  return Object.entries(resolved).flatMap(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    if (!keywords[keyword]) throw new Error(`${at}: the keyword ${keyword} is not known to this validator`);
    return keywords[keyword](value, argument, { root, schema: resolved, at, check });
  });
}
