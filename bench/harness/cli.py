"""The command line of bench/run, and the order in which things are measured."""
import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import build, cases, cluster, counting, load, processes, report

PARTS = ("read", "write", "scale", "latency", "soak", "postgres", "proxy", "metrics", "log")
DEFAULT_PARTS = ("read", "write", "scale", "postgres", "proxy")
IDLE_AIM_MIB, LOAD_AIM_MIB = 40, 150
SOAK_STEPS, SOAK_GROWTH_MIB = 10, 8


def parse(arguments):
    p = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    p.add_argument("--quick", action="store_true", help="small data, one short round: does it run?")
    p.add_argument("--only", action="append", choices=PARTS,
                   help=f"these parts (default: {', '.join(DEFAULT_PARTS)})")
    p.add_argument("--users", type=int, default=10_000)
    p.add_argument("--posts", type=int, default=1_000_000)
    p.add_argument("--small-posts", type=int, default=10_000, help="for the comparison of sizes")
    p.add_argument("--follows", type=int, default=200)
    p.add_argument("--sessions", type=int, default=2_000)
    p.add_argument("--postgres-posts", type=int, default=200_000, help="for the parts postgres and proxy")
    p.add_argument("--postgres-follows", type=int, default=50, help="the same")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=int, default=2, help="of a burst")
    p.add_argument("--requests", type=int, default=1_000_000, help="of the soak")
    p.add_argument("--data", type=Path, help="keep generated databases here, and use those there")
    p.add_argument("--name", help="of the report (default: date and commit)")
    p.add_argument("--no-save", dest="save", action="store_false",
                   help="only print, don't write bench/results/NAME.md")
    o = p.parse_args(arguments)
    if o.quick:
        o.users, o.posts, o.small_posts = 1_000, 20_000, 5_000
        o.postgres_posts, o.postgres_follows = 5_000, 10
        o.rounds, o.seconds, o.sessions, o.requests = 2, 1, 500, 50_000
        o.save = False
    o.parts = o.only or DEFAULT_PARTS
    commit = build.commit().split()[0]
    o.name = o.name or f"{datetime.date.today().isoformat()}-{commit}"
    return o


def say(text):
    print(f"# {text}", file=sys.stderr, flush=True)


def generated(options, posts, folder):
    """A fresh copy of the generated data, in a folder of its own."""
    kept = options.data or folder
    key = f"{options.users}-{posts}-{options.follows}-{options.sessions}"
    source = kept / f"data-{key}"
    if not (source / "complete").exists():
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir(parents=True)
        say(f"generating {posts:,} posts")
        subprocess.run([build.program("bench/generate"), "--db", f"sqlite:{source}/kinglet.db",
                        "--out", str(source), "--users", str(options.users),
                        "--posts", str(posts), "--follows", str(options.follows),
                        "--sessions", str(options.sessions)], check=True, stdout=sys.stderr)
        (source / "complete").touch()
    folder.mkdir(exist_ok=True)
    copy = folder / f"run-{posts}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    return copy


def generated_in_postgres(options, group, folder):
    """A server that holds the community `bench`, and the folder with what load programs ask for."""
    o = options
    kept = (o.data or folder) / f"postgres-{o.users}-{o.postgres_posts}-{o.postgres_follows}-{o.sessions}"
    kept.mkdir(parents=True, exist_ok=True)
    postgres = cluster.Postgres(group, kept)
    url = postgres.create("bench")
    if not (kept / "out" / "complete").exists():
        (kept / "out").mkdir(exist_ok=True)
        say(f"generating {o.postgres_posts:,} posts in PostgreSQL")
        subprocess.run([build.program("bench/generate"), "--db", url, "--out", str(kept / "out"),
                        "--users", str(o.users), "--posts", str(o.postgres_posts),
                        "--follows", str(o.postgres_follows), "--sessions", str(o.sessions)],
                       check=True, stdout=sys.stderr)
        postgres.psql("bench", "VACUUM ANALYZE")
        (kept / "out" / "complete").touch()
    return postgres, url, kept / "out"


def measured(case, options):
    say(case.title)
    return case.measure(options.rounds, options.seconds)


class Bench:
    def __init__(self, options, group, folder):
        self.options, self.group, self.folder = options, group, folder
        self.lines = report.heading(options)
        self.good = True

    def table(self, title, found):
        self.lines += report.table(title, found)
        self.good = self.good and all(c.good() is not False for c in found)

    def read_and_write(self):
        o = self.options
        data = generated(o, o.posts, self.folder)
        kinglet = processes.Kinglet(self.group, data / "kinglet.db")
        nginx_folder = self.folder / "nginx"
        nginx_folder.mkdir()
        nginx = processes.Nginx(self.group, nginx_folder)
        pages = cases.Pages(kinglet, data)
        memory = [("after start", kinglet.memory_mib(), IDLE_AIM_MIB)]
        if "read" in o.parts:
            found = [measured(c, o) for c in cases.reading_cases(pages, cases.Beside(nginx))]
            self.table("Reading", found)
            memory.append(("after reading", kinglet.memory_mib(), LOAD_AIM_MIB))
        if "write" in o.parts:
            durable = cases.Durable(kinglet, pages, data / "kinglet.db", self.folder)
            self.table("Durable writes", [measured(durable.case(), o)])
            self.lines += [f"Rows in a commit (median, both): {durable.group()}.", ""]
            memory.append(("after writing", kinglet.memory_mib(), LOAD_AIM_MIB))
        memory.append(("most at any time", kinglet.memory_mib("VmHWM"), LOAD_AIM_MIB))
        self.lines += report.memory(memory)
        self.good = self.good and all(aim is None or mib < aim for _, mib, aim in memory)
        kinglet.stop()
        self.group.end(nginx.process)

    def scale(self):
        o = self.options
        data = [generated(o, posts, self.folder) for posts in (o.small_posts, o.posts)]
        servers = [processes.Kinglet(self.group, d / "kinglet.db") for d in data]
        pages = [cases.Pages(k, d) for k, d in zip(servers, data, strict=True)]
        found = [measured(c, o) for c in cases.scale_cases(*pages)]
        self.table(f"{o.posts:,} posts beside {o.small_posts:,}", found)
        for kinglet in servers:
            kinglet.stop()

    def latency(self):
        o = self.options
        data = generated(o, o.posts, self.folder)
        kinglet = processes.Kinglet(self.group, data / "kinglet.db")
        pages = cases.Pages(kinglet, data)
        found = [measured(c, o) for c in cases.latency_cases(pages)]
        self.table(f"Latency at {o.posts:,} posts, 32 connections at full speed", found)
        self.lines += report.memory([("most at any time", kinglet.memory_mib("VmHWM"), None)])
        kinglet.stop()

    def soak(self):
        """Memory after each tenth of the requests, which are of all kinds."""
        o = self.options
        data = generated(o, o.posts, self.folder)
        kinglet = processes.Kinglet(self.group, data / "kinglet.db")
        pages = cases.Pages(kinglet, data)
        targets = [pages.public()[0], pages.home()[0], pages.user_pages()[0],
                   pages.messages()[0], pages.post_message(), pages.public(close=True)[0]]
        rows, done, failed = [("after start", kinglet.memory_mib(), None)], 0, {}
        for step in range(1, SOAK_STEPS + 1):
            while done < o.requests * step / SOAK_STEPS:
                for target in targets:
                    burst = load.burst(target, 1)
                    done += burst.requests
                    for kind, count in burst.errors.items():
                        failed[kind] = failed.get(kind, 0) + count
            rows.append((f"after {done:,} requests", kinglet.memory_mib(), None))
            say(f"{done:,} requests: {rows[-1][1]:.1f} MiB")
        growth = rows[-1][1] - rows[len(rows) // 2][1]
        flat = growth < SOAK_GROWTH_MIB and not failed
        self.lines += report.memory(rows)
        self.lines += [f"Growth over the second half: {growth:.1f} MiB; errors: "
                       f"{json.dumps(failed) if failed else 'none'}. "
                       f"{'Flat.' if flat else '**Not flat.**'}", ""]
        self.good = self.good and flat
        kinglet.stop()

    def cost(self, variants, aim=None):
        """Of what the first variant has, and the second goes without."""
        o = self.options
        data = [generated(o, o.small_posts, self.folder / name) for name in ("with", "without")]
        servers = counting.kinglets(self.group, data, variants)
        pages = [cases.Pages(k, d) for k, d in zip(servers, data, strict=True)]
        found = [measured(c, o) for c in counting.rate_cases(*pages, variants[1])]
        self.lines += counting.rate_table(found, variants)
        pairs = counting.QUICK_PAIRS if o.quick else counting.PAIRS
        rows = list(counting.processor_rows(found, pages, pairs, say))
        lines, good = counting.processor_table(rows, variants, None if o.quick else aim)
        self.lines += lines
        self.good = self.good and good and not any(c.errors for c in found)
        for kinglet in servers:
            kinglet.stop()
        rows = list(counting.Instructions(self.folder, data[0]).rows(variants, say))
        self.lines += counting.instruction_table(rows, variants)

    def metrics(self):
        self.cost(counting.of_counting(), counting.COST_MAX)

    def log(self):
        self.cost(counting.of_the_log())

    def on_postgres(self):
        o = self.options
        postgres, url, data = generated_in_postgres(o, self.group, self.folder)
        nodes = [cluster.Node(self.group, url, self.folder, 1)]
        pages = cases.Pages(nodes[0], data)
        what = f"{o.postgres_posts:,} posts in PostgreSQL"
        if "postgres" in o.parts:
            pgbench = cluster.Pgbench(postgres, "bench", self.folder)
            found = cluster.sql_cases(pages, pgbench, cluster.facts(postgres, "bench", pages))
            self.table(f"One node, {what}", [measured(c, o) for c in found])
        if "proxy" in o.parts:
            while len(nodes) < cluster.NODES:
                nodes.append(cluster.Node(self.group, url, self.folder, len(nodes) + 1))
            folder = self.folder / "proxy"
            folder.mkdir()
            proxy = cluster.Proxy(self.group, folder, nodes)
            through = cluster.pages_through(proxy, nodes[0], data)
            self.table(f"{len(nodes)} nodes behind HAProxy, {what}",
                       [measured(c, o) for c in cluster.proxy_cases(pages, through)])
            self.group.end(proxy.process)
        for node in nodes:
            node.stop()
        self.group.end(postgres.process)

    def run(self):
        parts = self.options.parts
        if "read" in parts or "write" in parts:
            self.read_and_write()
        for name in ("scale", "latency", "soak", "metrics", "log"):
            if name in parts:
                getattr(self, name)()
        if "postgres" in parts or "proxy" in parts:
            self.on_postgres()
        report.write(self.options, self.lines)


def main():
    options = parse(sys.argv[1:])
    os.environ["PATH"] = "/usr/local/sbin:/usr/sbin:/sbin:" + os.environ["PATH"]
    tools = ["nginx", "wrk"]
    if "postgres" in options.parts or "proxy" in options.parts:
        tools += [cluster.postgres_program("pgbench"), "haproxy"]
    if "metrics" in options.parts or "log" in options.parts:
        tools += ["valgrind"]
    for tool in tools:
        if not shutil.which(tool):
            print(f"bench: {tool} is not installed", file=sys.stderr)
            return 2
    if build.option("buildtype") != "release":
        say("WARNING: not a release build; the figures say nothing")
    with processes.Group() as group, processes.temporary_folder() as folder:
        bench = Bench(options, group, folder)
        bench.run()
    # A missed aim is a finding, printed as such; errors of the measurement raise.
    return 0
