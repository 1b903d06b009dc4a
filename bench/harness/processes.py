"""Starts and surely ends what is measured: Kinglet and nginx.

Everything that is started belongs to a Group and ends with it, whatever happens: on an error, on a
signal (the kernel sends it when this process dies), by pid, never by name.
"""
import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import build

PR_SET_PDEATHSIG = 1
START_DEADLINE_S = 120
STOP_DEADLINE_S = 20

_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _raise_on_signal(number, _frame):
    raise SystemExit(128 + number)


def processor_s(pid):
    """Processor time of a process and of its children that run, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own + sum(processor_s(child) for child in children)


@contextlib.contextmanager
def temporary_folder(parent=None):
    path = Path(tempfile.mkdtemp(prefix="kinglet-bench-", dir=parent))
    path.chmod(0o711)  # PostgreSQL has a folder in it, and a user of its own
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Group:
    """A `with` block; its processes end when the block does."""

    def __enter__(self):
        self.processes = []
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_on_signal)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process)

    def start(self, command, **options):
        process = subprocess.Popen(command, preexec_fn=_die_with_parent, **options)
        self.processes.append(process)
        return process

    def end(self, process):
        """SIGTERM, and SIGKILL where that is not enough. The exit status."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.processes:
            self.processes.remove(process)
        return process.returncode


class Kinglet:
    """`kinglet serve` on free ports."""

    def __init__(self, group, database, options=(), url=None, program=None, env=None):
        self.group = group
        self.log = open(f"{database}.log", "a+b")
        command = [program or build.program("kinglet"), "serve", "--db", url or f"sqlite:{database}",
                   "--web", "127.0.0.1:0", "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                   *options]
        # As nginx beside it, without a line a request; the part `log` says what such lines cost.
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("KINGLET_")},
            "KINGLET_LOG_FORMAT": "json", "KINGLET_LOG_FILE": f"{database}.log", "KINGLET_LOG_REQUESTS": "false",
            **(env or {}),
        }
        self.process = group.start(command, stdout=subprocess.PIPE, stderr=self.log,
                                   env=environment)
        self.urls = {}
        self._await_ready()

    def _await_ready(self):
        deadline = time.monotonic() + START_DEADLINE_S
        for line in iter(self.process.stdout.readline, b""):
            text = line.decode()
            if match := re.match(r"kinglet: (\w+) listening on (http://\S+)", text):
                self.urls[match[1]] = match[2]
            if text.startswith("kinglet: ready"):
                return
            if time.monotonic() > deadline:
                break
        self.group.end(self.process)
        self.log.seek(0)
        raise RuntimeError(f"kinglet did not start: {self.log.read().decode()[-2000:]}")

    def address(self, listener):
        return self.urls[listener].removeprefix("http://")

    def memory_mib(self, field="VmRSS"):
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)[1]) / 1024

    def stop(self):
        status = self.group.end(self.process)
        self.log.close()
        if status != 0:
            raise RuntimeError(f"kinglet ended with status {status}")


NGINX_CONF = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  default_type "text/html; charset=utf-8";
  types {{ application/json json; }}
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 65;
  keepalive_requests 100000;
  open_file_cache max=1000 inactive=600s;
  open_file_cache_valid 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=1024;
    root {folder}/files;
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """nginx with as many workers as Kinglet has loops, serving the files that are put into it."""

    def __init__(self, group, folder):
        self.folder = folder
        self.files = folder / "files"
        self.files.mkdir()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX_CONF.format(
            user="user root;" if os.geteuid() == 0 else "", workers=os.cpu_count(),
            folder=folder, port=port), encoding="utf-8")
        self.process = group.start(
            ["nginx", "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(configuration)])
        self._await_port(port)

    def _await_port(self, port):
        deadline = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("nginx did not start") from None
                time.sleep(0.02)

    def put(self, name, content):
        """A new name each time, for the cache of open files: the path."""
        path = self.files / name
        path.write_bytes(content)
        return f"/{name}"
