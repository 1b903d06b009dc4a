#!/usr/bin/env python3
"""Embed migrations: embed_sql.py ENGINE OUT.c NNNN_name.sql...

Writes a C file that defines ENGINE_migrations[] (see store/migration.h) with each file's number, name,
SHA-256 and text. Numbers must run from 1 without a gap, so that a forgotten file stops the build.
"""

import hashlib
import pathlib
import re
import sys


def c_string(text):
    """A C literal, one line of it for each line of SQL."""
    lines = []
    for line in text.splitlines():
        escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        if not escaped.isascii() or not escaped.isprintable():
            sys.exit(f"embed_sql: not printable ASCII: {line!r}")
        lines.append(f'\t\t  "{escaped}\\n"')
    return "\n".join(lines)


def main():
    engine, out, *files = sys.argv[1:]
    rows = []
    for expected, file in enumerate(sorted(files, key=lambda f: pathlib.Path(f).name), start=1):
        path = pathlib.Path(file)
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
        if not match or int(match[1]) != expected:
            sys.exit(f"embed_sql: {path.name}: expected {expected:04d}_name.sql")
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        rows.append(
            f'\t{{{expected}, "{match[2]}", "{digest}",\n{c_string(data.decode())}}},\n'
        )
    pathlib.Path(out).write_text(
        "/* Made by tools/embed_sql.py; edit the SQL files instead. */\n"
        '#include "store/migration.h"\n\n'
        f"const struct migration {engine}_migrations[] = {{\n{''.join(rows)}}};\n"
        f"const int {engine}_migration_count = {len(rows)};\n"
    )


if __name__ == "__main__":
    main()
