#!/usr/bin/env python3
"""Writes the C source that says what was built: build_info.py OUTPUT VERSION [COMMIT].

Every run of ninja calls it, since a commit changes no file that a build depends on. The output is written only
where it would differ, so that after a commit one source is compiled and one program linked, and else nothing.

The commit comes from the first of these that knows it: the argument (meson's option `commit`), the environment
(KINGLET_COMMIT), the file COMMIT (in a tarball `git archive` has written it there), git. It is never guessed: a tree
that is no checkout itself, but lies inside another one, has no commit.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIGITS = 12
UNKNOWN = "unknown"

TEXT = """/*
 * build_info.c: what was built. Made by tools/build_info.py.
 */
#include "build_info.h"

const struct build_info build_info = {{
\t.version = "{version}",
\t.commit = "{commit}",
}};
"""


class Refused(Exception):
    """The text says what is wrong."""


def checked(commit, origin):
    """The commit at the length that Kinglet shows."""
    commit = commit.strip().lower()
    if commit != UNKNOWN and not re.fullmatch(rf"[0-9a-f]{{{DIGITS},64}}", commit):
        raise Refused(f"{origin} says commit '{commit[:80]}': wanted {DIGITS} or more hexadecimal digits, or {UNKNOWN}")
    return commit if commit == UNKNOWN else commit[:DIGITS]


def of_git(root):
    if not (root / ".git").exists():
        return None
    try:
        # As root in somebody else's clone, git would refuse to read it: nothing of it is run here.
        done = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", str(root), "rev-parse", "--verify", "HEAD"],
                              check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def of_file(root):
    path = root / "COMMIT"
    text = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    return None if not text or text.startswith("$") else text


def commit_of(root, argument="", env=None):
    for origin, text in (("the option commit", argument), ("KINGLET_COMMIT", (env or {}).get("KINGLET_COMMIT")),
                         ("the file COMMIT", of_file(root)), ("git", of_git(root))):
        if text:
            return checked(text, origin)
    return UNKNOWN


def main(output, version, argument=""):
    try:
        commit = commit_of(ROOT, argument, os.environ)
    except Refused as refused:
        print(f"build_info: {refused}", file=sys.stderr)
        return 1
    text = TEXT.format(version=version, commit=commit)
    path = Path(output)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: build_info.py OUTPUT VERSION [COMMIT]")
    sys.exit(main(*sys.argv[1:]))
