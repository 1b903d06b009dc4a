"""Finds and, where needed, builds the programs that are measured and that measure."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("KINGLET_BUILD", "build")


def program(target):
    """The path of a target of the build folder, up to date."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(
            ["meson", "setup", str(BUILD), "--buildtype=release", "-Dtests=false"],
            cwd=ROOT, check=True, stdout=sys.stderr)
    subprocess.run(["ninja", "-C", str(BUILD), target], check=True, stdout=subprocess.DEVNULL)
    return str(BUILD / target)


def option(name):
    """A build option's value: figures of an unoptimised build say nothing."""
    text = subprocess.run(["meson", "introspect", "--buildoptions", str(BUILD)],
                          check=True, capture_output=True, text=True).stdout
    import json
    return next(o["value"] for o in json.loads(text) if o["name"] == name)


def commit():
    """The commit that is measured, with a mark where the tree differs from it."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True,
                              check=False).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" + changes" if changed else "")
