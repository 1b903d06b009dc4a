/*
 * business.mjs: the dashboard Business Monitoring: how the community grows, by SQL on PostgreSQL through the role of
 * read-only.sql. Times are found by ids, which are ordered by time (milliseconds since 1970, then 16 bits),
 since only they
 * have an index; what is counted over all time comes from the totals that Kinglet keeps, not by counting rows.
 */
import { POSTGRES, bars, choiceVariable, dashboard, lines, sourceVariable, stat, table } from './panels.mjs';

const FROM = '(($__unixEpochFrom())::bigint * 1000) << 16';
const TO = '(($__unixEpochTo())::bigint * 1000 + 1000) << 16';
const IN_RANGE = `id >= ${FROM} AND id < ${TO}`;
const since = (interval) => `id >= ((extract(epoch FROM now() - interval '${interval}') * 1000)::bigint) << 16`;
const startOf = (time) => `(extract(epoch FROM ${time}) * 1000)::bigint << 16`;
const IN_WEEK = `id >= ${startOf('week')} AND id < ${startOf("week + interval '1 week'")}`;
const nowMs = (interval) => `((extract(epoch FROM now() - interval '${interval}')) * 1000)::bigint`;

/* How many there were: the total of today without what came since, and what came up to each moment. */
const growth = (table, total, where = 'true') => `
WITH came AS (
  SELECT $__unixEpochGroup(created_ms / 1000, $__interval) AS at, count(*) AS n
  FROM ${table} WHERE ${where} AND id >= ${FROM} GROUP BY 1
), before AS (
  SELECT (SELECT sum(${total}) FROM total) - (SELECT count(*) FROM ${table} WHERE ${where} AND id >= ${FROM}) AS n
)
SELECT at AS "time", (SELECT n FROM before) + sum(n) OVER (ORDER BY at) AS "${total}"
FROM came ORDER BY at`.trim();

const perTime = (table, what, where = 'true') => `
SELECT $__unixEpochGroupAlias(created_ms / 1000, $__interval), count(*) AS "${what}"
FROM ${table} WHERE ${where} AND ${IN_RANGE} GROUP BY 1 ORDER BY 1`.trim();

const now = [
  stat(POSTGRES, {
    title: 'People', unit: 'short', description: 'Registered people, all of them.',
    query: 'SELECT sum(users) AS people FROM total',
  }),
  stat(POSTGRES, {
    title: 'Posts', unit: 'short', description: 'Posts that can be read; flagged ones are not in it.',
    query: 'SELECT sum(posts) AS posts FROM total',
  }),
  stat(POSTGRES, {
    title: 'Followers', unit: 'short', description: 'Who follows whom: pairs of people.',
    query: 'SELECT sum(follows) AS followers FROM total',
  }),
  stat(POSTGRES, {
    title: 'Active in 24 hours', unit: 'short',
    description: 'People with a session that was used in the last 24 hours.',
    query: `SELECT monitoring.active_people(${nowMs('1 day')}) AS people`,
  }),
  stat(POSTGRES, {
    title: 'Active in 7 days', unit: 'short', description: 'People with a session that was used in the last 7 days.',
    query: `SELECT monitoring.active_people(${nowMs('7 days')}) AS people`,
  }),
  stat(POSTGRES, {
    title: 'New people in 24 hours', unit: 'short', description: 'People who registered in the last 24 hours.',
    query: `SELECT count(*) AS people FROM "user" WHERE ${since('1 day')}`,
    thresholds: [['orange'], ['green', 1]],
  }),
  stat(POSTGRES, {
    title: 'Posts in 24 hours', unit: 'short', description: 'Posts of the last 24 hours, flagged ones as well.',
    query: `SELECT count(*) AS posts FROM post WHERE ${since('1 day')}`,
    thresholds: [['orange'], ['green', 1]],
  }),
  stat(POSTGRES, {
    title: 'Flagged in 7 days', unit: 'percentunit', decimals: 2,
    description: 'Share of the posts of the last 7 days that moderators hid.',
    query: `SELECT coalesce(avg(flagged::int), 0) AS share FROM post WHERE ${since('7 days')}`,
    thresholds: [['green'], ['orange', 0.02], ['red', 0.1]],
  }),
];

const overTime = [
  lines(POSTGRES, {
    title: 'People over time', unit: 'short', description: 'Registered people at each moment.', interval: '1m',
    query: growth('"user"', 'users'),
  }),
  lines(POSTGRES, {
    title: 'Posts over time', unit: 'short', description: 'Posts that can be read at each moment.', interval: '1m',
    query: growth('post', 'posts', 'NOT flagged'),
  }),
  lines(POSTGRES, {
    title: 'Followers over time', unit: 'short', interval: '1m',
    description: 'Who follows whom, as the nodes recorded it (the table sample): following has no time of its own.',
    query: `
SELECT $__unixEpochGroupAlias(at_s, $__interval), max((data ->> 'follows')::bigint) AS "followers"
FROM sample WHERE resolution_s IN (60, 600, 3600, 86400) AND $__unixEpochFilter(at_s) AND data ? 'follows'
GROUP BY 1 ORDER BY 1`.trim(),
  }),
  lines(POSTGRES, {
    title: 'New people', unit: 'short', bars: true, description: 'Registrations in each interval.', interval: '1m',
    query: perTime('"user"', 'registrations'),
  }),
  lines(POSTGRES, {
    title: 'New posts', unit: 'short', bars: true, stack: true, interval: '1m',
    description: 'Posts in each interval, and how many of them are hidden today.',
    queries: [{ query: perTime('post', 'shown', 'NOT flagged') }, { query: perTime('post', 'flagged', 'flagged') }],
    overrides: [{
      matcher: { id: 'byName', options: 'flagged' },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }],
    }],
  }),
  lines(POSTGRES, {
    title: 'People who posted', unit: 'short', bars: true,
    description: 'How many different people posted in each interval.', interval: '1h',
    query: `
SELECT $__unixEpochGroupAlias(created_ms / 1000, $__interval), count(DISTINCT author_id) AS "people"
FROM post WHERE ${IN_RANGE} GROUP BY 1 ORDER BY 1`.trim(),
  }),
];

const people = [
  table(POSTGRES, {
    title: 'Top authors', h: 10, description: 'Who posted most in the chosen time, and how many follow them.',
    query: `
SELECT u.name AS "author", count(*) AS "posts", c.followers AS "followers", max(p.created_ms) AS "last post"
FROM (SELECT author_id, created_ms FROM post WHERE NOT flagged AND ${IN_RANGE}) p
JOIN "user" u ON u.id = p.author_id JOIN user_count c ON c.user_id = u.id
GROUP BY u.id, u.name, c.followers ORDER BY 2 DESC, 1 LIMIT $rows`.trim(),
    columns: { 'last post': 'dateTimeFromNow' },
  }),
  table(POSTGRES, {
    title: 'Most followed', h: 10, description: 'Whom most people follow, and whether they still write.',
    query: `
SELECT u.name AS "person", c.followers AS "followers", c.following AS "following", c.posts AS "posts"
FROM user_count c JOIN "user" u ON u.id = c.user_id ORDER BY c.followers DESC, u.name LIMIT $rows`.trim(),
  }),
  table(POSTGRES, {
    title: 'Flagged most', h: 10, description: 'Whose posts of the chosen time moderators hid: look at these people.',
    query: `
SELECT u.name AS "author", count(*) FILTER (WHERE p.flagged) AS "flagged", count(*) AS "posts"
FROM post p JOIN "user" u ON u.id = p.author_id
WHERE p.id >= ${FROM} AND p.id < ${TO}
GROUP BY u.id, u.name HAVING bool_or(p.flagged) ORDER BY 2 DESC, 1 LIMIT $rows`.trim(),
  }),
  bars(POSTGRES, {
    title: 'How people are followed', unit: 'short', w: 12,
    description: 'People by how many follow them: is everybody read, or a few?',
    query: `
SELECT CASE WHEN followers = 0 THEN 'nobody' WHEN followers < 10 THEN '1 to 9' WHEN followers < 100 THEN '10 to 99'
            ELSE '100 and more' END AS "followers", count(*) AS "people"
FROM user_count GROUP BY 1 ORDER BY min(followers)`.trim(),
  }),
  bars(POSTGRES, {
    title: 'Posts by hour of the day (UTC)', unit: 'short', w: 12,
    description: 'When the community writes, in the chosen time: when not to deploy.',
    query: `
SELECT to_char(to_timestamp(created_ms / 1000) AT TIME ZONE 'UTC', 'HH24') || ' h' AS "hour", count(*) AS "posts"
FROM post WHERE ${IN_RANGE} GROUP BY 1 ORDER BY 1`.trim(),
  }),
];

const growing = [
  table(POSTGRES, {
    title: 'Growth by week', w: 14, h: 9,
    description: 'Eight weeks: people and posts that came, and by how much more than in the week before.',
    query: `
WITH weeks AS (
  SELECT date_trunc('week', now() AT TIME ZONE 'UTC') - n * interval '1 week' AS week FROM generate_series(0, 7) AS n
), counted AS (
  SELECT week,
    (SELECT count(*) FROM "user" WHERE ${IN_WEEK}) AS people,
    (SELECT count(*) FROM post WHERE ${IN_WEEK}) AS posts
  FROM weeks
)
SELECT to_char(week, 'YYYY-MM-DD') AS "week from", people AS "new people", posts AS "new posts",
  posts::float8 / nullif(lag(posts) OVER (ORDER BY week), 0) - 1 AS "posts, change"
FROM counted ORDER BY week DESC`.trim(),
    columns: { 'posts, change': 'percentunit' },
  }),
  stat(POSTGRES, {
    title: 'Newcomers who wrote', unit: 'percentunit', w: 5, h: 9, decimals: 1,
    description: 'Of the people who registered in the last 30 days, the share that has written anything.',
    query: `
SELECT coalesce(avg((c.posts > 0)::int), 0) AS share
FROM "user" u JOIN user_count c ON c.user_id = u.id WHERE u.${since('30 days')}`.trim(),
    thresholds: [['red'], ['orange', 0.1], ['green', 0.3]],
  }),
  stat(POSTGRES, {
    title: 'Signed in', unit: 'short', w: 5, h: 9,
    description: 'Sessions that have not ended; one person may have several.',
    query: 'SELECT sum(sessions) AS sessions FROM total',
  }),
];

export default dashboard({
  uid: 'kinglet-business',
  title: 'Kinglet · Business Monitoring',
  description: 'People, messages, followers: how the community is and how it grows. SQL on PostgreSQL.',
  tags: ['business'],
  from: 'now-7d',
  refresh: '1m',
  variables: [
    sourceVariable('database', 'Database', 'grafana-postgresql-datasource', 'kinglet-postgres'),
    choiceVariable('rows', 'Rows of lists', ['10', '25', '50']),
  ],
  rows: [
    { title: 'Now', panels: now },
    { title: 'Over time', panels: overTime },
    { title: 'People', panels: people },
    { title: 'Growth', panels: growing },
  ],
});
