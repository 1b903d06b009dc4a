"""The figures as Markdown."""
import datetime
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from . import build
from .cases import BESIDE, KINGLET


def first_line(*command):
    if not shutil.which(command[0]):
        return "none"
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((run.stdout + run.stderr).strip().splitlines() or ["unknown"])[0]


def machine():
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))
    return (f"{os.cpu_count()} × {processor[1] if processor else platform.machine()}, "
            f"{int(memory[1]) / 2**20:.0f} GiB, Linux {platform.release()}")


def heading(options):
    version = first_line("nginx", "-v").replace("nginx version: ", "")
    return [
        f"# {options.name}", "",
        f"- date: {datetime.date.today().isoformat()}",
        f"- commit: {build.commit()}",
        f"- machine: {machine()}",
        f"- build: {build.option('buildtype')}; beside it: {version}",
        f"- data: {options.users:,} users, {options.posts:,} posts, {options.follows} follows each",
        f"- medians of {options.rounds} interleaved rounds of {options.seconds} s; "
        f"wrk -t2, client and server on the same machine", "",
        "Ratios compare what was measured in the same rounds; absolute figures say more about the "
        "machine.", ""]


def cell(value, form):
    return "" if value is None else format(value, form)


def table(title, cases):
    lines = [f"## {title}", "",
             "| what | Kinglet /s | p99 ms | CPU µs | beside /s | CPU µs | beside | ratio | aim | |",
             "|---|--:|--:|--:|--:|--:|---|--:|---|---|"]
    for c in cases:
        good = c.good()
        beside = c.rate(BESIDE) if BESIDE in c.rates else None
        mark = "" if good is None else "met" if good else "**missed**"
        if c.errors:
            mark = "**errors: " + ", ".join(f"{k} {v}" for k, v in c.errors.items()) + "**"
        lines.append(f"| {c.title} | {c.rate(KINGLET):,.0f} | {cell(c.p99_ms(KINGLET), '.2f')} | "
                     f"{cell(c.processor(KINGLET), '.0f')} | {cell(beside, ',.0f')} | "
                     f"{cell(c.processor(BESIDE), '.0f')} | {c.beside} | {cell(c.ratio(), '.2f')} | {c.aim} | "
                     f"{mark} |")
    return [*lines, ""]


def memory(rows):
    """rows: (what, MiB, aim in MiB or None)"""
    lines = ["## Resident memory", "", "| when | MiB | aim | |", "|---|--:|---|---|"]
    for what, mib, aim in rows:
        mark = "" if aim is None else "met" if mib < aim else "**missed**"
        lines.append(f"| {what} | {mib:.1f} | {f'< {aim}' if aim else ''} | {mark} |")
    return [*lines, ""]


def write(options, lines):
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if options.save:
        folder = build.ROOT / "bench/results"
        folder.mkdir(exist_ok=True)
        (folder / f"{options.name}.md").write_text(text, encoding="utf-8")
