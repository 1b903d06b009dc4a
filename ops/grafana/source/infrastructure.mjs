/*
 * infrastructure.mjs: the dashboard Infrastructure Monitoring: whether Kinglet is well,
 by PromQL on Prometheus. From top to
 * bottom it goes from what people get to what it rests on: a look at the first two rows is enough while all is well.
 * Indicators (kinglet:…) are those of ops/prometheus/rules, so that dashboard and alerts can't disagree.
 */
import { PROMETHEUS, bars, dashboard, labelVariable, lines, sourceVariable, stat, table } from './panels.mjs';

const NODES = 'job="kinglet",instance=~"$instance"';
const SERVICES = 'service=~"$service"';
const REQUESTS = `kinglet_http_requests_total{${NODES},${SERVICES}}`;
const FAILURES = `kinglet_http_requests_total{${NODES},${SERVICES},status=~"5.."}`;
const duration = (part) => `kinglet_http_request_duration_seconds_${part}{${NODES},${SERVICES}}`;
const rate = (series) => `rate(${series}[$__rate_interval])`;
const quantile = (share, by, series) => `histogram_quantile(${share}, sum by (le, ${by}) (${rate(series)}))`;

const LOAD = [['green'], ['orange', 70], ['red', 90]];
const SHARE = [['green'], ['orange', 0.7], ['red', 0.9]];
const FAILED = [['green'], ['orange', 0.001], ['red', 0.0144]];
const LATENCY = [['green'], ['orange', 0.05], ['red', 0.3]];
const BUDGET = [['red'], ['orange', 0.25], ['green', 0.5]];
const HOUR = 3600;

const now = [
  stat(PROMETHEUS, {
    title: 'Nodes up', unit: 'percentunit', description: 'Share of the nodes that answer Prometheus.',
    runbook: 'NodeDown',
    query: 'avg(up{job="kinglet"})', thresholds: [['red'], ['orange', 0.5], ['green', 1]],
  }),
  stat(PROMETHEUS, {
    title: 'CPU load', unit: 'percent', decimals: 1, runbook: 'HostBusy',
    description: 'CPU load of the busiest node over the last seconds, in percent of the cores that it may use.',
    query: `max(kinglet_process_cpu_percent{${NODES}})`, thresholds: LOAD,
  }),
  stat(PROMETHEUS, {
    title: 'Uptime', unit: 'percentunit', decimals: 3, runbook: 'NodeDown',
    description: 'Share of the chosen time in which a node reported its CPU load, and so ran; the mean of all nodes.',
    query: `avg(avg_over_time(((kinglet_process_cpu_percent{${NODES}} >= bool 0) or on (instance) 0 * up{${NODES}})`
      + '[$__range:$__interval]))',
    thresholds: [['red'], ['orange', 0.99], ['green', 0.999]],
  }),
  stat(PROMETHEUS, {
    title: 'Requests', unit: 'reqps',
    description: 'Requests a second, by service, as the balancer counts them (the nodes, without one).',
    queries: [{ query: `kinglet:requests:rate5m{${SERVICES}}`, legend: '{{service}}' }],
  }),
  stat(PROMETHEUS, {
    title: 'Failed', unit: 'percentunit', decimals: 2, runbook: 'AvailabilityBurnsFast',
    description: 'Share of requests of the last five minutes that were answered 5xx. Promised: under 0.1 %.',
    queries: [{ query: `kinglet:errors:ratio5m{${SERVICES}}`, legend: '{{service}}' }], thresholds: FAILED,
  }),
  stat(PROMETHEUS, {
    title: 'Slower than 300 ms', unit: 'percentunit', decimals: 2, runbook: 'LatencyBurnsFast',
    description: 'Share of answers of the last five minutes that took longer than promised. Promised: under 1 %.',
    queries: [{ query: `kinglet:slow:ratio5m{${SERVICES}}`, legend: '{{service}}' }],
    thresholds: [['green'], ['orange', 0.01], ['red', 0.144]],
  }),
  stat(PROMETHEUS, {
    title: 'Budget left: availability', unit: 'percentunit', decimals: 1, runbook: 'AvailabilityBurnsSlowly',
    description: "What is left of 30 days' error budget (0.1 % of requests). Under 0: the objective was missed.",
    queries: [{ query: `kinglet:availability:budget_left30d{${SERVICES}}`, legend: '{{service}}' }], thresholds: BUDGET,
  }),
  stat(PROMETHEUS, {
    title: 'Budget left: latency', unit: 'percentunit', decimals: 1, runbook: 'LatencyBurnsSlowly',
    description: "What is left of 30 days' latency budget (1 % of answers over 300 ms).",
    queries: [{ query: `kinglet:latency:budget_left30d{${SERVICES}}`, legend: '{{service}}' }], thresholds: BUDGET,
  }),
  table(PROMETHEUS, {
    title: 'Alerts that fire', w: 12, h: 6,
    description: 'What Prometheus calls wrong at this moment. Watchdog always fires: it is the heartbeat.',
    queries: [{
      query: 'max by (alertname, severity, instance, service) (ALERTS{alertstate="firing"})',
      format: 'table',
    }],
    hide: ['Time', 'Value'],
  }),
  stat(PROMETHEUS, {
    title: 'Database', unit: 'none', w: 4, h: 6, runbook: 'DatabaseAway',
    description: 'Whether any node misses its database.',
    query: `max(kinglet_db_away{${NODES}})`, thresholds: [['green'], ['red', 1]],
    mappings: [{ type: 'value', options: { 0: { text: 'there', index: 0 }, 1: { text: 'away', index: 1 } } }],
  }),
  stat(PROMETHEUS, {
    title: 'Synchronous standbys', unit: 'none', w: 4, h: 6, runbook: 'NoSynchronousStandby',
    description: 'Standbys that confirm each write of the primary. Without one, writes wait.',
    query: 'max(kinglet_pg_synchronous_standbys)', thresholds: [['red'], ['green', 1]],
  }),
  stat(PROMETHEUS, {
    title: 'Newest backup', unit: 's', w: 4, h: 6, runbook: 'BackupTooOld',
    description: 'Age of the newest verified copy of the database.',
    query: 'kinglet:backup:age_seconds', thresholds: [['green'], ['orange', 25 * HOUR], ['red', 26 * HOUR]],
  }),
];

const service = (name, label) => [
  lines(PROMETHEUS, {
    title: `${label}: responses by status`, unit: 'reqps', stack: true, statuses: true, runbook: 'ErrorSpike',
    description: `HTTP responses of the ${label.toLowerCase()} a second, by status, as the nodes count them.`,
    queries: [{
      query: `sum by (status) (${rate(`kinglet_http_requests_total{${NODES},service="${name}"}`)})`,
      legend: '{{status}}',
    }],
  }),
];

const people = [
  ...service('frontend', 'Frontend'),
  ...service('backend', 'Backend'),
  lines(PROMETHEUS, {
    title: 'Balancer: responses by class', unit: 'reqps', stack: true, statuses: true, runbook: 'ProxyWithoutServers',
    description: 'What people got, repeats on other nodes left out: responses of the balancer a second.',
    queries: [{
      query: `sum by (code) (${rate('haproxy_frontend_http_responses_total{proxy="public"}')})`, legend: '{{code}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Failed share', unit: 'percentunit', thresholds: FAILED, runbook: 'AvailabilityBurnsFast',
    description: 'Share of requests answered 5xx. The lines: the promise (0.1 %), and what empties the '
      + 'budget within two days.',
    queries: [{ query: `kinglet:errors:ratio5m{${SERVICES}}`, legend: '{{service}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Failed share by node', unit: 'percentunit', runbook: 'ErrorSpike', thresholds: [['green'], ['red', 0.05]],
    description: 'One node alone is bad: take it out of the balancer. All are: the cause lies behind them.',
    queries: [{
      query: `(sum by (instance) (${rate(FAILURES)}) or 0 * sum by (instance) (${rate(REQUESTS)}))`
        + ` / sum by (instance) (${rate(REQUESTS)})`,
      legend: '{{instance}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Requests by route', unit: 'reqps', description: 'The ten routes that are asked most.',
    queries: [{ query: `topk(10, sum by (service, route) (${rate(REQUESTS)}))`, legend: '{{service}} {{route}}' }],
  }),
];

const times = [
  lines(PROMETHEUS, {
    title: 'Mean response time', unit: 's', runbook: 'LatencyBurnsFast',
    description: 'From the first byte of a request to the last of its answer.',
    queries: [{
      query: `sum by (service) (${rate(duration('sum'))}) / sum by (service) (${rate(duration('count'))})`,
      legend: '{{service}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Percentiles', unit: 's', thresholds: LATENCY, runbook: 'LatencyBurnsFast',
    description: 'Half, nine tenths and 99 % of answers were faster. The lines: our goal (50 ms) and the '
      + 'promise (300 ms) for the 99th.',
    queries: [0.5, 0.9, 0.99].map((share) => ({
      query: quantile(share, 'service', duration('bucket')), legend: `{{service}} ${share * 100} %`,
    })),
  }),
  lines(PROMETHEUS, {
    title: '99th percentile by route', unit: 's', thresholds: LATENCY, runbook: 'LatencyBurnsSlowly',
    description: 'The ten slowest routes.',
    queries: [{
      query: `topk(10, ${quantile(0.99, 'service, route', duration('bucket'))})`,
      legend: '{{service}} {{route}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Share over 300 ms and over 50 ms', unit: 'percentunit', runbook: 'LatencyGoalMissed',
    description: 'What the objectives count: 1 % may take over 300 ms, and our own goal is 1 % over 50 ms.',
    thresholds: [['green'], ['red', 0.01]],
    queries: [
      { query: `kinglet:slow:ratio5m{${SERVICES}}`, legend: '{{service}} over 300 ms' },
      { query: `kinglet:late:ratio5m{${SERVICES}}`, legend: '{{service}} over 50 ms' },
    ],
  }),
  lines(PROMETHEUS, {
    title: '99th percentile of the wait for a worker', unit: 's', runbook: 'QueueShedding',
    thresholds: [['green'], ['red', 0.1]],
    description: 'How long requests waited before their work began: load, not slowness.',
    queries: [{ query: quantile(0.99, 'pool', `kinglet_http_pool_wait_seconds_bucket{${NODES}}`), legend: '{{pool}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Balancer: mean time by backend', unit: 'ms', runbook: 'LatencyBurnsFast',
    description: 'Whole time of the last 1024 requests as the balancer sees it, the way to the node included.',
    queries: [{ query: '1000 * haproxy_backend_total_time_average_seconds{service=~"$service"}', legend: '{{proxy}}' }],
  }),
];

const saturation = [
  lines(PROMETHEUS, {
    title: 'CPU load by node', unit: 'percent', thresholds: LOAD, runbook: 'HostBusy',
    description: 'In percent of the cores that the node may use.',
    queries: [{ query: `kinglet_process_cpu_percent{${NODES}}`, legend: '{{instance}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Memory by node', unit: 'bytes', thresholds: [['green'], ['red', 1.5e9]], runbook: 'MemoryHigh',
    description: 'Resident memory.',
    queries: [{ query: `kinglet_process_resident_memory_bytes{${NODES}}`, legend: '{{instance}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Queues before the workers', unit: 'short', runbook: 'QueueShedding',
    description: 'Requests that wait. Full, the node sheds.',
    queries: [{
      query: `sum by (instance, pool) (kinglet_http_pool_queue{${NODES}})`,
      legend: '{{instance}} {{pool}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Turned away', unit: 'reqps', runbook: 'QueueShedding',
    description: 'Requests shed because a queue was full, connections refused, requests over a limit, '
      + 'requests that timed out.',
    queries: [
      { query: `sum(${rate(`kinglet_http_shed_total{${NODES}}`)})`, legend: 'shed' },
      { query: `sum(${rate(`kinglet_http_connections_refused_total{${NODES}}`)})`, legend: 'connections refused' },
      { query: `sum by (limit) (${rate(`kinglet_rate_limited_total{${NODES}}`)})`, legend: 'limit {{limit}}' },
      { query: `sum by (reason) (${rate(`kinglet_http_timeouts_total{${NODES}}`)})`, legend: 'timeout {{reason}}' },
    ],
  }),
  lines(PROMETHEUS, {
    title: 'Connections', unit: 'short', stack: true, runbook: 'FilesNearLimit',
    description: 'Open connections of the nodes, by what they do.',
    queries: [
      { query: `sum by (state) (kinglet_http_connections{${NODES}})`, legend: '{{state}}' },
    ],
  }),
  bars(PROMETHEUS, {
    title: 'Files open, of those allowed', unit: 'percentunit', max: 1, thresholds: SHARE, runbook: 'FilesNearLimit',
    description: 'Connections are most of them. At the limit none can be accepted.',
    queries: [{
      query: `kinglet_process_open_fds{${NODES}} / kinglet_process_max_fds{${NODES}}`,
      legend: '{{instance}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Requests in flight', unit: 'short', description: 'Requests that are being answered.',
    queries: [{
      query: `sum by (service) (kinglet_http_requests_in_flight{${NODES},${SERVICES}})`,
      legend: '{{service}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Bytes', unit: 'Bps', description: 'Bytes that came in and went out.',
    queries: [
      { query: `sum(${rate(`kinglet_http_request_bytes_total{${NODES},${SERVICES}}`)})`, legend: 'in' },
      { query: `sum(${rate(`kinglet_http_response_bytes_total{${NODES},${SERVICES}}`)})`, legend: 'out' },
    ],
  }),
  lines(PROMETHEUS, {
    title: 'Sign-ins', unit: 'ops', runbook: 'SignInsFail',
    description: 'By how they ended. Many wrong ones: somebody guesses.',
    queries: [{ query: `sum by (result) (${rate(`kinglet_sign_ins_total{${NODES}}`)})`, legend: '{{result}}' }],
  }),
];

const database = [
  lines(PROMETHEUS, {
    title: 'Store operations', unit: 'ops',
    description: 'What the nodes ask of the store: the ten most frequent operations.',
    queries: [{
      query: `topk(10, sum by (operation) (${rate(`kinglet_store_operations_total{${NODES}}`)}))`,
      legend: '{{operation}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Store: 99th percentile by operation', unit: 's', runbook: 'LatencyBurnsSlowly',
    description: 'The ten slowest operations.',
    queries: [{
      query: `topk(10, ${quantile(0.99, 'operation', `kinglet_store_operation_duration_seconds_bucket{${NODES}}`)})`,
      legend: '{{operation}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Store: errors', unit: 'ops', runbook: 'DatabaseAway',
    description: 'Operations that failed because of the database: busy, too late, full, input or output, internal.',
    queries: ['busy', 'timeout', 'full', 'io_error', 'internal_error'].map((name) => ({
      query: `sum(${rate(`kinglet_db_${name === 'busy' || name === 'full' ? name : `${name}s`}_total{${NODES}}`)})`,
      legend: name.replace('_', ' '),
    })),
  }),
  lines(PROMETHEUS, {
    title: "Nodes' connections to the database", unit: 'short', runbook: 'DatabaseConnectionsNearLimit',
    description: 'Open, and of these at work.',
    queries: [
      { query: `sum(kinglet_db_connections{${NODES}})`, legend: 'open' },
      { query: `sum(kinglet_db_connections_lent{${NODES}})`, legend: 'at work' },
      { query: `sum(${rate(`kinglet_db_waits_total{${NODES}}`)})`, legend: 'waits for one, a second' },
    ],
  }),
  lines(PROMETHEUS, {
    title: 'PostgreSQL: transactions', unit: 'ops', runbook: 'DatabaseDeadlocks',
    description: 'Committed and rolled back.',
    queries: [
      {
        query: `sum by (instance) (${rate('pg_stat_database_xact_commit{datname=~".+"}')})`,
        legend: '{{instance}} committed',
      },
      {
        query: `sum by (instance) (${rate('pg_stat_database_xact_rollback{datname=~".+"}')})`,
        legend: '{{instance}} rolled back',
      },
    ],
  }),
  lines(PROMETHEUS, {
    title: 'PostgreSQL: read from memory', unit: 'percentunit', max: 1, runbook: 'LatencyBurnsSlowly',
    description: 'Share of blocks that were in its cache. Falling: the data has outgrown the memory.',
    queries: [{
      query: `sum by (instance) (${rate('pg_stat_database_blks_hit')})`
        + ` / (sum by (instance) (${rate('pg_stat_database_blks_hit')})`
        + ` + sum by (instance) (${rate('pg_stat_database_blks_read')}) > 0)`,
      legend: '{{instance}}',
    }],
  }),
  bars(PROMETHEUS, {
    title: 'PostgreSQL: connections, of those allowed', unit: 'percentunit', max: 1, thresholds: SHARE,
    runbook: 'DatabaseConnectionsNearLimit',
    description: 'At the limit nodes can open none after a restart.',
    queries: [{
      query: 'sum by (instance) (pg_stat_activity_count) / on (instance) pg_settings_max_connections',
      legend: '{{instance}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Replication: bytes behind', unit: 'bytes', thresholds: [['green'], ['red', 256e6]],
    runbook: 'ReplicationLag',
    description: "What each standby hasn't taken in yet.",
    queries: [{ query: 'kinglet_pg_follower_lag_bytes', legend: '{{follower}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Size of the databases', unit: 'bytes', runbook: 'DiskFilling', description: 'On disk, with indexes.',
    queries: [{ query: 'max by (datname) (pg_database_size_bytes{datname!~"template.*"})', legend: '{{datname}}' }],
  }),
  stat(PROMETHEUS, {
    title: 'Backups', unit: 'none', w: 12, runbook: 'BackupIncomplete',
    description: 'Verified copies, and gaps in the changes between them.',
    queries: [{
      query: 'sum(kinglet_backup_copies)', legend: 'copies' }, { query: 'sum(kinglet_backup_problems)',
      legend: 'gaps',
    }],
  }),
  stat(PROMETHEUS, {
    title: 'Durability', unit: 'percentunit', w: 12, decimals: 3, runbook: 'NoSynchronousStandby',
    thresholds: [['red'], ['orange', 0.99], ['green', 0.999]],
    description: 'Share of 30 days in which a standby confirmed every write.', query: 'kinglet:durable:ratio30d',
  }),
];

const proxy = [
  lines(PROMETHEUS, {
    title: 'Balancer: sessions', unit: 'short', runbook: 'ProxyNearLimit',
    description: 'Open connections of people and programs.',
    queries: [{
      query: 'sum by (instance) (haproxy_frontend_current_sessions{proxy="public"})',
      legend: '{{instance}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Balancer: nodes that it uses', unit: 'short', runbook: 'ProxyLostServer',
    description: 'Servers that pass their check, by backend.',
    queries: [{
      query: 'sum by (proxy) (haproxy_server_status{state="UP",server!="sorry",service=~"$service"})',
      legend: '{{proxy}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Balancer: repeats and queue', unit: 'ops', runbook: 'AvailabilityBurnsFast',
    description: 'Requests that were tried again on the same node, or on another; requests that wait for a node.',
    queries: [
      { query: `sum(${rate('haproxy_backend_retry_warnings_total')})`, legend: 'repeated' },
      { query: `sum(${rate('haproxy_backend_redispatch_warnings_total')})`, legend: 'repeated elsewhere' },
      { query: 'sum(haproxy_backend_current_queue)', legend: 'waiting' },
    ],
  }),
  bars(PROMETHEUS, {
    title: 'Balancer: connections, of those allowed', unit: 'percentunit', max: 1, h: 6, thresholds: SHARE,
    runbook: 'ProxyNearLimit',
    description: 'At the limit new visitors wait.',
    queries: [{
      query: 'haproxy_process_current_connections / haproxy_process_max_connections',
      legend: '{{instance}}',
    }],
  }),
  stat(PROMETHEUS, {
    title: 'Certificates are good for', unit: 's', w: 8, h: 6, runbook: 'CertificateExpiring',
    description: 'As the probe sees them from outside.',
    thresholds: [['red'], ['orange', 72 * HOUR], ['green', 14 * 24 * HOUR]],
    queries: [{ query: 'probe_ssl_earliest_cert_expiry - time()', legend: '{{instance}}' }],
  }),
  stat(PROMETHEUS, {
    title: 'Public addresses', unit: 'none', w: 8, h: 6, runbook: 'SiteUnreachable',
    thresholds: [['red'], ['green', 1]],
    description: 'Whether a page comes, asked for as a browser would.',
    queries: [{ query: 'probe_success', legend: '{{instance}}' }],
    mappings: [{ type: 'value', options: { 0: { text: 'away', index: 0 }, 1: { text: 'there', index: 1 } } }],
  }),
];

const REAL_DISKS = 'fstype!~"tmpfs|ramfs|squashfs|nsfs|autofs"';
const hosts = [
  lines(PROMETHEUS, {
    title: 'Hosts: CPU load', unit: 'percent', max: 100, thresholds: LOAD, runbook: 'HostBusy',
    description: 'Of all cores together.',
    queries: [{
      query: `100 * (1 - avg by (instance) (${rate('node_cpu_seconds_total{mode="idle"}')}))`,
      legend: '{{instance}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Hosts: memory left', unit: 'percentunit', max: 1, runbook: 'HostMemoryLow',
    description: 'Available, of all. Under 8 % people are called.',
    queries: [{ query: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', legend: '{{instance}}' }],
  }),
  bars(PROMETHEUS, {
    title: 'Hosts: disk space used', unit: 'percentunit', max: 1,
    thresholds: [['green'], ['orange', 0.8], ['red', 0.92]], runbook: 'DiskNearlyFull',
    description: 'The ten fullest file systems.',
    queries: [{
      query: `topk(10, max by (instance, mountpoint) (1 - node_filesystem_avail_bytes{${REAL_DISKS}}`
        + ' / (node_filesystem_size_bytes > 0)))',
      legend: '{{instance}} {{mountpoint}}',
    }],
  }),
  lines(PROMETHEUS, {
    title: 'Hosts: disk, share of time at work', unit: 'percentunit', runbook: 'HostBusy',
    description: 'The busiest disk of each host.',
    queries: [{ query: `max by (instance) (${rate('node_disk_io_time_seconds_total')})`, legend: '{{instance}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Hosts: network', unit: 'Bps', description: 'All interfaces but loopback, in and out.',
    queries: [
      {
        query: `sum by (instance) (${rate('node_network_receive_bytes_total{device!="lo"}')})`,
        legend: '{{instance}} in',
      },
      {
        query: `sum by (instance) (${rate('node_network_transmit_bytes_total{device!="lo"}')})`,
        legend: '{{instance}} out',
      },
    ],
  }),
  lines(PROMETHEUS, {
    title: 'Hosts: processes that wait', unit: 'short', runbook: 'HostBusy',
    description: 'Load of the last minute, for each core: over 1, something waits.',
    thresholds: [['green'], ['red', 1]],
    queries: [{
      query: 'node_load1 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})',
      legend: '{{instance}}',
    }],
  }),
];

const itself = [
  lines(PROMETHEUS, {
    title: 'Log lines', unit: 'ops', h: 7, w: 6, runbook: 'LogLinesDropped',
    description: 'Lines that the nodes wrote, by level, and those that were lost because nothing took them.',
    queries: [
      { query: `sum by (level) (${rate(`kinglet_log_lines_total{${NODES}}`)})`, legend: '{{level}}' },
      { query: `sum(${rate(`kinglet_log_dropped_total{${NODES}}`)})`, legend: 'lost' },
    ],
  }),
  table(PROMETHEUS, {
    title: 'Nodes', h: 7, w: 6, description: 'Each node: its version, and how long it has run.',
    queries: [{
      query: `kinglet_process_uptime_seconds{${NODES}} * on (instance) group_left (version, commit) kinglet_build_info`,
      format: 'table',
    }],
    hide: ['Time', 'job'], columns: { Value: 's' },
  }),
  lines(PROMETHEUS, {
    title: 'Targets that answer', unit: 'short', h: 7, w: 6, runbook: 'TargetDown',
    description: 'By kind; a line that falls is something that is not watched.',
    queries: [{ query: 'sum by (job) (up)', legend: '{{job}}' }],
  }),
  lines(PROMETHEUS, {
    title: 'Monitoring: rounds and messages', unit: 'short', h: 7, w: 6, runbook: 'NotificationsFail',
    description: 'Rules that failed, and messages that Alertmanager could not deliver, in five minutes: '
      + 'both should be 0.',
    queries: [
      { query: 'sum(increase(prometheus_rule_evaluation_failures_total[5m]))', legend: 'rules that failed' },
      { query: 'sum(increase(alertmanager_notifications_failed_total[5m]))', legend: 'messages not delivered' },
    ],
  }),
];

export default dashboard({
  uid: 'kinglet-infrastructure',
  title: 'Kinglet · Infrastructure Monitoring',
  description: 'Whether Kinglet is well: what people get, how fast, how near the limits, and what it '
    + 'rests on. PromQL on Prometheus.',
  tags: ['infrastructure'],
  from: 'now-6h',
  refresh: '30s',
  variables: [
    sourceVariable('datasource', 'Prometheus', 'prometheus', 'kinglet-prometheus'),
    labelVariable('instance', 'Node', 'Nodes of Kinglet, by their admin listener',
      'label_values(up{job="kinglet"}, instance)'),
    labelVariable('service', 'Service', 'frontend: the pages; backend: the API',
      'label_values(kinglet_http_requests_total{service=~"frontend|backend"}, service)'),
  ],
  rows: [
    { title: 'Now', panels: now },
    { title: 'What people get', panels: people },
    { title: 'Response times', panels: times },
    { title: 'Saturation', panels: saturation },
    { title: 'Store and database', panels: database },
    { title: 'Load balancer', panels: proxy },
    { title: 'Hosts', panels: hosts },
    { title: 'Nodes and monitoring', panels: itself },
  ],
});
