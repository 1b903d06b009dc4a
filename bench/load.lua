-- load.lua: what wrk sends, from the environment: one request, or thousands in rotation.
--
--   LOAD_COOKIES, LOAD_PATHS  files with a line each; every request takes the next
--   LOAD_PREFIX               goes before each path
--   LOAD_AUTHORIZATION        the header's value
--   LOAD_CLOSE                a connection for each request
--   LOAD_POST                 POST messages: JSON bodies with differing texts
--
-- Requests are made before the first is sent, so that rotation costs the client next to nothing.

local function lines(name)
  local found = {}
  local path = os.getenv(name)
  if path then
    for line in io.lines(path) do
      found[#found + 1] = line
    end
  end
  return found
end

local threads = 0
function setup(thread)
  thread:set("thread_index", threads)
  threads = threads + 1
end

local prepared = {}
local at = 0

local function headers(cookie)
  local h = {}
  if os.getenv("LOAD_AUTHORIZATION") then h["Authorization"] = os.getenv("LOAD_AUTHORIZATION") end
  if os.getenv("LOAD_CLOSE") then h["Connection"] = "close" end
  if cookie then h["Cookie"] = cookie end
  return h
end

local function prepare_one(i, cookies, paths)
  local path = wrk.path
  if #paths > 0 then path = (os.getenv("LOAD_PREFIX") or "/") .. paths[(i - 1) % #paths + 1] end
  local h = headers(cookies[(i - 1) % math.max(#cookies, 1) + 1])
  if not os.getenv("LOAD_POST") then return wrk.format("GET", path, h) end
  h["Content-Type"] = "application/json"
  local body = string.format(
    '{"content": "Posting number %d while everybody else is posting too, about the weather."}', i)
  return wrk.format("POST", path, h, body)
end

function init(args)
  local cookies, paths = lines("LOAD_COOKIES"), lines("LOAD_PATHS")
  local count = math.max(#cookies, #paths, 1)
  for i = 1, count do
    prepared[i] = prepare_one(i, cookies, paths)
  end
  -- Threads begin at different places.
  at = math.floor(count / 2) * (thread_index or 0)
end

function request()
  at = at % #prepared + 1
  return prepared[at]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "RESULT requests=%d duration_us=%d bytes=%d connect=%d read=%d write=%d status=%d timeout=%d " ..
    "p50_us=%d p90_us=%d p99_us=%d p999_us=%d max_us=%d\n",
    summary.requests, summary.duration, summary.bytes, e.connect, e.read, e.write, e.status,
    e.timeout, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency:percentile(99.9), latency.max))
end
