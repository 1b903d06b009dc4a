"""The files of this tree, for the checks: what git tracks, or would track.

Checks look at nothing else, so that build folders and databases never fail one. A hook narrows them further: to what
is about to be committed, or to what git tracks already.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Scope:
    """What all checks of this process look at."""

    only = None  # a set of paths, or None for all
    untracked = True  # whether files count that git doesn't track yet


def files(root, *suffixes):
    """Paths below `root`, as text relative to it, sorted; with one of the suffixes where any is given."""
    others = ["--others", "--exclude-standard"] if Scope.untracked else []
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", *others],
                            check=True, capture_output=True).stdout.decode().split("\0")
    return sorted(
        name for name in set(listed)
        if name and (Scope.only is None or name in Scope.only)
        and (Path(root) / name).is_file() and (not suffixes or name.endswith(suffixes)))


def read(root, name):
    """The text of a file; None where it is not text."""
    data = (Path(root) / name).read_bytes()
    if b"\0" in data[:8192]:
        return None
    return data.decode("utf-8", errors="replace")


def strip_c(text):
    """C source without comments and the insides of literals; every line keeps its number."""
    out = []
    i = 0
    while i < len(text):
        two = text[i:i + 2]
        if two == "/*":
            end = text.find("*/", i + 2)
            end = len(text) if end < 0 else end + 2
            out.append(" " + "\n" * text.count("\n", i, end))
            i = end
        elif two == "//":
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text[i] in "\"'":
            quote = text[i]
            j = i + 1
            while j < len(text) and text[j] != quote and text[j] != "\n":
                j += 2 if text[j] == "\\" else 1
            out.append(quote + quote)
            i = j + 1
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def main(check):
    """Runs one check by itself over the whole tree."""
    problems = check(ROOT)
    for problem in problems:
        print(problem)
    raise SystemExit(1 if problems else 0)
