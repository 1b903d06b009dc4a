"""PostgreSQL, HAProxy and several nodes, and pgbench that sends the same SQL as Kinglet."""
import os
import pwd
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

from . import build, cases, load, processes
from .cases import BESIDE, KINGLET, Case, bursting

POSTGRES_SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "shared_buffers": "512MB", "max_wal_size": "4GB",
    "max_connections": "200", "listen_addresses": "", "logging_collector": "off",
    "checkpoint_timeout": "30min", "jit": "off",
}
CONNECTIONS = 16  # of pgbench to the database: as many as a node has by default
NODES = 2
# What the post of the script below is found by; without places, since pgbench would take ":1" for a variable.
WORDS = "'about do else everybody is people posting the too weather what which while'"


def postgres_program(name):
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4]))
    return str(found[-1]) if found else name


class Postgres:
    """A server in a folder of its own, durable as in production, reached by its socket alone."""

    def __init__(self, group, folder):
        self.group, self.folder, self.data = group, folder, folder / "pgdata"
        self.as_user = []
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                            "--clear-groups", "--"]
        folder.chmod(0o755)
        if not self.data.exists():
            self.run("initdb", "-D", str(self.data), "-A", "trust", "-U", "kinglet", "-E", "UTF8",
                     "--locale=C.UTF-8")
        options = [part for name, value in POSTGRES_SETTINGS.items()
                   for part in ("-c", f"{name}={value}")]
        with open(folder / "log", "ab") as log:
            self.process = group.start([*self.as_user, postgres_program("postgres"), "-D", str(self.data),
                                        "-k", str(folder), *options], stdout=log, stderr=log, cwd=folder)
        deadline = time.monotonic() + processes.START_DEADLINE_S
        while subprocess.run([postgres_program("pg_isready"), "-q", "-h", str(folder)],
                             check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def run(self, program, *arguments):
        return subprocess.run([*self.as_user, postgres_program(program), *arguments], check=True,
                              capture_output=True, text=True, cwd=self.folder)

    def url(self, name):
        return f"postgres:///{name}?host={self.folder}&user=kinglet"

    def psql(self, name, sql):
        return subprocess.run([postgres_program("psql"), "-XAtq", "-d", self.url(name), "-c", sql], check=True,
                              capture_output=True, text=True).stdout.strip()

    def create(self, name):
        if not self.psql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.psql("postgres", f"CREATE DATABASE {name}")
        return self.url(name)


class Pgbench:
    """Bursts of one script of SQL, over as many connections as a node has."""

    def __init__(self, postgres, database, folder):
        self.postgres, self.database, self.folder = postgres, database, folder
        self.program = build.program("bench/statements")

    def statement(self, name, *values):
        return subprocess.run([self.program, name, *values], check=True, capture_output=True,
                              text=True).stdout

    def burst(self, name, lines):
        script = self.folder / f"{name}.sql"
        script.write_text("".join(lines), encoding="utf-8")
        command = [postgres_program("pgbench"), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2",
                   "-f", str(script), "-d", self.postgres.url(self.database)]

        def run(seconds):
            done = subprocess.run([*command, "-T", str(seconds)], check=True, capture_output=True, text=True)
            return load.Burst(rate=float(re.search(r"tps = ([\d.]+)", done.stdout)[1]))
        return run


class Proxy:
    """HAProxy with the configuration of ops/proxy before some nodes."""

    def __init__(self, group, folder, nodes):
        web, api, metrics = (processes.free_port() for _ in range(3))
        source = build.ROOT / "ops/proxy"
        shutil.copytree(source / "errors", folder / "errors")
        environment = {
            **os.environ,
            "KINGLET_WEB_NODES": " ".join(f"{n.address('web')}/{n.address('admin')}" for n in nodes),
            "KINGLET_API_NODES": " ".join(f"{n.address('api')}/{n.address('admin')}" for n in nodes),
            "KINGLET_WEB_BIND": f"127.0.0.1:{web}", "KINGLET_API_BIND": f"127.0.0.1:{api}",
            "KINGLET_PROXY_METRICS": f"127.0.0.1:{metrics}", "KINGLET_PROXY_DIR": str(folder),
            "KINGLET_PROXY_SOCKET": str(folder / "s"), "KINGLET_CONNECTIONS": "1000",
            "KINGLET_CONNECTIONS_PER_SOURCE": "900",
            **{f"KINGLET_{name}": "100000000" for name in (
                "WEB_REQUESTS_10S", "API_REQUESTS_10S", "ATTEMPTS_60S", "NEW_CONNECTIONS_10S")},
        }
        (folder / "haproxy.cfg").write_bytes(
            subprocess.run(["sh", source / "render"], env=environment, check=True, capture_output=True).stdout)
        with open(folder / "haproxy.log", "ab") as log:
            self.process = group.start(["haproxy", "-f", str(folder / "haproxy.cfg")], env=environment,
                                       stdout=log, stderr=log)
        self.urls = {"web": f"http://127.0.0.1:{web}", "api": f"http://127.0.0.1:{api}"}
        self._await_healthy()

    def _await_healthy(self):
        deadline = time.monotonic() + processes.START_DEADLINE_S
        while True:
            try:
                urllib.request.urlopen(f"{self.urls['web']}/public", timeout=2).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("HAProxy did not start") from None
                time.sleep(0.05)


def sql_cases(pages, pgbench, database):
    """One node beside pgbench that runs the statements which the page needs, and nothing else."""
    newest = str(2**63 - 1)
    session, person = database["session"], database["person"]
    author = pgbench.statement("user-by-name", f"'{database['name_key']}'")
    home = [pgbench.statement("session", f"decode('{session}', 'hex')", "0"),
            pgbench.statement("home", newest, "31", newest, person)]
    post = [f"\\set author random(1, {len(database['authors'])})\n",
            "SELECT id AS author_id FROM bench_author WHERE number = :author \\gset\n",
            pgbench.statement("create", ":author_id", "'Posting while everybody else is posting too, about the "
                              "weather, which is what people do.'", "1700000000000", "1",
                              "0", "''", "''", "0", WORDS, "''", "'{}'")]
    user_page = [author, pgbench.statement("user", newest, "31", newest, database["author"])]
    rows = [
        ("public timeline, anonymous", pages.public(),
         [pgbench.statement("public", newest, "31", newest)]),
        ("home timeline, many people in turn", pages.home(), home),
        ("one user's page", pages.user_page(), user_page),
        ("a post's page", pages.post_page(), [pgbench.statement("post", pages.post)]),
        ("GET /msgs?no=100", pages.messages(), [pgbench.statement("public", newest, "101", newest)]),
        ("POST /msgs/<user>, 64 clients", (pages.post_message(), b""), post),
    ]
    return [Case(title, {KINGLET: bursting(target), BESIDE: pgbench.burst(f"case{i}", lines)},
                 "pgbench, the same SQL")
            for i, (title, (target, _), lines) in enumerate(rows)]


def proxy_cases(one, many):
    """Two nodes behind HAProxy beside one node without it: all on the same machine."""
    names = (("public timeline, anonymous", "public"), ("home timeline, many people in turn", "home"),
             ("one user's page", "user_page"), ("GET /msgs?no=100", "messages"))
    found = [Case(title, {KINGLET: bursting(getattr(many, name)()[0]), BESIDE: bursting(getattr(one, name)()[0])},
                  "one node, no proxy") for title, name in names]
    found.append(Case("POST /msgs/<user>, 64 clients", {KINGLET: bursting(many.post_message()),
                                                        BESIDE: bursting(one.post_message())},
                      "one node, no proxy"))
    return found


def facts(postgres, name, pages):
    """What the scripts for pgbench ask for: things that exist."""
    path = pages.user.replace("%20", " ")
    postgres.psql(name, "CREATE TABLE IF NOT EXISTS bench_author AS SELECT row_number() OVER () AS number, id "
                        "FROM (SELECT id FROM \"user\" ORDER BY id LIMIT 1000) u;"
                        "CREATE UNIQUE INDEX IF NOT EXISTS bench_author_number ON bench_author (number)")
    session, person = postgres.psql(
        name, "SELECT encode(hash, 'hex'), user_id FROM session ORDER BY hash LIMIT 1").split("|")
    key, author = postgres.psql(
        name, f"SELECT name_key, id FROM \"user\" WHERE name = '{path}'").split("|")
    authors = postgres.psql(name, "SELECT count(*) FROM bench_author")
    return {"session": session, "person": person, "name_key": key, "author": author,
            "authors": range(int(authors))}


class Node(processes.Kinglet):
    """A node on PostgreSQL."""

    def __init__(self, group, url, folder, number):
        super().__init__(group, folder / f"node{number}",
                         ("--trusted-proxies", "127.0.0.1"), url=url)


def pages_through(proxy, node, data):
    """The pages of a community, asked through the proxy."""
    pages = cases.Pages(node, data)
    pages.web, pages.api, pages.pid = proxy.urls["web"], proxy.urls["api"], 0
    return pages
