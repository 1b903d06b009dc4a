#!/usr/bin/env python3
"""Lengths: a function has at most 60 lines, a file at most 800, a line of a script at most 120 columns
(clang-format sees to C's).

What must be longer is listed in tools/lengths.txt with its reason. An entry that is no longer needed fails
as well, so that the list stays true.
"""

import ast
import re
import tree

FUNCTION_LINES = 60
FILE_LINES = 800
COLUMNS = 120
SOURCES = (".c", ".h", ".py", ".mjs", ".js", ".css", ".html", ".sql", ".sh")
LIST = "tools/lengths.txt"

NAME = re.compile(r"(\w+)\s*\([^;{]*$")


def c_functions(text):
    """(name, line, lines) of each function; its braces stand in the first column (.clang-format sees to it)."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start is not None:
            head = " ".join(lines[max(0, start - 6):start])
            head = re.split(r"[;}]|\*/", head)[-1]
            match = re.search(r"(\w+)\s*\(", head)
            yield (match.group(1) if match else "?"), start + 1, number - start - 1
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno


def exceptions(root):
    """{(path, function or ""): limit}"""
    found = {}
    for line in (tree.read(root, LIST) or "").splitlines() if (root / LIST).exists() else []:
        if not line.strip() or line.startswith("#"):
            continue
        what, limit, _reason = line.split(None, 2)  # a line without a reason is an error
        path, _, function = what.partition(":")
        found[(path, function)] = int(limit)
    return found


def too_long(root):
    """((path, function or ""), where, lines, limit) of whatever is over its budget."""
    for path in tree.files(root, *SOURCES):
        text = tree.read(root, path)
        if text is None:
            continue
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield (path, ""), path, lines, FILE_LINES
        functions = ()
        if path.endswith((".c", ".h")):
            functions = c_functions(tree.strip_c(text))
        elif path.endswith(".py"):
            functions = python_functions(text)
        for name, line, length in functions:
            if length > FUNCTION_LINES:
                yield (path, name), f"{path}:{line}: {name}()", length, FUNCTION_LINES


def wide_lines(root):
    for path in tree.files(root, ".py", ".mjs", ".js"):
        for number, line in enumerate((tree.read(root, path) or "").split("\n"), 1):
            # Literals and addresses that can't be broken may stand out.
            if len(line) > COLUMNS and not re.search(r"[\"'`/]\S{40,}", line):
                yield f"{path}:{number}: {len(line)} columns; break the line before {COLUMNS}"


def check(root):
    problems = []
    listed = exceptions(root)
    used = set()
    for key, where, length, limit in too_long(root):
        if key in listed:
            used.add(key)
            limit = listed[key]
        if length > limit:
            problems.append(f"{where}: {length} lines, at most {limit}. Cut it along its beats; or, where it "
                            f"reads better whole, list it in {LIST} with the reason")
    for path, function in sorted(set(listed) - used if tree.Scope.only is None else ()):
        name = path + (":" + function if function else "")
        problems.append(f"{LIST}: {name} needs no exception any more. Remove its line")
    return problems + list(wide_lines(root))


if __name__ == "__main__":
    tree.main(check)
