#!/usr/bin/env python3
"""Embed migrations: embed_sql.py ENGINE OUT.c NNNN_name.sql...

Writes a C file that defines ENGINE_migrations[] (see store/migration.h) with each file's number, name,
SHA-256 and text. Numbers must run from 1 without a gap, so that a forgotten file stops the build.
Tests add files named plusN_name.sql, whose numbers count on from the last.

A file begins with its kind (docs/migrations.md; the first schema needs none):

    -- kind: expand
    -- kind: contract since NNNN     (who knows NNNN no longer uses what goes)
    -- kind: online                  (statements of the two forms below alone, each ended by ;)

    CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON table ...    (SQLite: without CONCURRENTLY)
    UPDATE table SET ... WHERE ... id > :after AND id <= :upto ...
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


INDEX = r"CREATE INDEX %sIF NOT EXISTS ([a-z0-9_]+) ON ([a-z0-9_]+|\"user\") (.+)"
BATCH = r"(?:UPDATE|DELETE FROM) ([a-z0-9_]+|\"user\") .*:after\b.*:upto\b.*"
# What takes something from programs that don't know of it; a guard against slips, not a proof.
TAKES = r"\b(DROP|RENAME|TRUNCATE|ALTER COLUMN)\b|\bADD COLUMN\b[^,;]*\bNOT NULL\b(?![^,;]*\bDEFAULT\b)"


def without_comments(text):
    """Nor the bodies of functions, which run later if at all."""
    return re.sub(r"\$\$.*?\$\$", "", re.sub(r"--[^\n]*", "", text), flags=re.S)


def kind_of(path, number, last, text):
    """(kind, since) from the first line."""
    match = re.match(r"-- kind: (expand|online|contract since (\d{4}|plus\d))\n", text)
    if not match:
        if number == 1:
            return "expand", 0
        sys.exit(f"embed_sql: {path.name}: the first line must be its kind: -- kind: expand, online or "
                 "contract since NNNN")
    if match[2]:
        since = last + int(match[2][4:]) if match[2].startswith("plus") else int(match[2])
        if not 1 < since < number:
            sys.exit(f"embed_sql: {path.name}: since must be the number of an earlier migration, of the release "
                     "that stopped using what goes")
        return "contract", since
    if match[1] == "expand" and number > 1 and re.search(TAKES, without_comments(text), re.I):
        sys.exit(f"embed_sql: {path.name}: an expand migration only adds, and what it adds has a default")
    return match[1], 0


def steps_of(path, engine, text):
    """C rows of an online migration's steps: (table, index or NULL, SQL)."""
    rows = []
    concurrently = "CONCURRENTLY " if engine == "postgres" else ""
    statements = [" ".join(part.split()) for part in without_comments(text).split(";")]
    for statement in filter(None, statements):
        index = re.fullmatch(INDEX % concurrently, statement)
        batch = re.fullmatch(BATCH, statement)
        if index:
            table, name, sql = c_string(index[2]), f'"{index[1]}"', index[3]
        elif batch:
            table, name, sql = c_string(batch[1]), "NULL", statement
        else:
            sys.exit(f"embed_sql: {path.name}: no step of an online migration: {statement}")
        table = table.strip().replace("\\n", "")
        rows.append(f"\t{{{table}, {name},\n{c_string(sql)}}},\n")
    if not rows or statements[-1]:
        sys.exit(f"embed_sql: {path.name}: each step ends with ;")
    return rows


def main():
    engine, out, *files = sys.argv[1:]
    rows = []
    steps = []
    last = sum(pathlib.Path(file).name[:4].isdigit() for file in files)
    for expected, file in enumerate(sorted(files, key=lambda f: pathlib.Path(f).name), start=1):
        path = pathlib.Path(file)
        match = re.fullmatch(r"(\d{4}|plus\d)_([a-z0-9_]+)\.sql", path.name)
        if not match or match[1] not in (f"{expected:04d}", f"plus{expected - last}"):
            sys.exit(f"embed_sql: {path.name}: expected {expected:04d}_name.sql")
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        kind, since = kind_of(path, expected, last, data.decode())
        sql, more = c_string(data.decode()), "NULL, 0"
        if kind == "online":
            own = steps_of(path, engine, data.decode())
            steps.append(f"static const struct migration_step steps_{expected}[] = {{\n{''.join(own)}}};\n")
            sql, more = '\t\t  ""', f"steps_{expected}, {len(own)}"
        rows.append(
            f'\t{{{expected}, "{match[2]}", "{digest}",\n{sql},\n'
            f"\t\t  MIGRATION_{kind.upper()}, {since}, {more}}},\n"
        )
    pathlib.Path(out).write_text(
        "/* Made by tools/embed_sql.py; edit the SQL files instead. */\n"
        '#include "store/migration.h"\n\n'
        f"{''.join(steps)}"
        f"const struct migration {engine}_migrations[] = {{\n{''.join(rows)}}};\n"
        f"const int {engine}_migration_count = {len(rows)};\n"
    )


if __name__ == "__main__":
    main()
