#!/usr/bin/env python3
"""The list of series in docs/metrics.md, made from `kinglet help metrics`.

usage: tools/metrics_doc.py [--write] KINGLET

Without --write it says whether the page is up to date (exit status 1: it isn't).
"""

import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
BEGIN = "<!-- made by tools/metrics_doc.py from src/metrics/series.h -->\n"
END = "<!-- until here -->\n"


def with_series(page, series):
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE}: the two marks are not there")
    return before + BEGIN + series + "\n" + END + after


def main():
    write = "--write" in sys.argv[1:]
    program = sys.argv[-1]
    series = subprocess.run([program, "help", "metrics"], check=True, capture_output=True, text=True).stdout
    page = PAGE.read_text(encoding="utf-8")
    wanted = with_series(page, series)
    if write:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        raise SystemExit(f"{PAGE}: not what the table of series says; run tools/metrics_doc.py --write build/kinglet")


if __name__ == "__main__":
    main()
