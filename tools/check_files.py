#!/usr/bin/env python3
"""Every file: what .editorconfig asks for, and a head that says what it is for."""

import re
import tree

BINARY = (".png", ".ico", ".jpg", ".webp", ".woff2", ".gz", ".db")
# As their tools or their purpose want them.
FREE = ("tests/fuzz/corpus/", "tests/package-lock.json", "bench/lighthouse/package-lock.json")
HEADS = {
    ".c": r"/\*", ".h": r"/\*", ".mjs": r"(#!.*\n)?/\*", ".js": r"/\*", ".css": r"/\*",
    ".py": r'(#!.*\n)?(#.*\n)*"""', ".sh": r"#!.*\n#",
}


def check_text(path, text, headed=False):
    """`headed`: another file (the header of this .c) says what it is for."""
    if text and not text.endswith("\n"):
        yield f"{path}: the last line has no end. Add a newline"
    if "\r" in text:
        yield f"{path}: has carriage returns. Lines end with LF"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip(" \t"):
            yield f"{path}:{number}: space at the end of the line. Remove it"
        if path.endswith((".py", ".mjs", ".json", ".yml", ".yaml")) and "\t" in line:
            yield f"{path}:{number}: a tab. Such files are indented by spaces (.editorconfig)"
    for suffix, head in HEADS.items():
        if path.endswith(suffix) and not headed and not re.match(head, text):
            yield f"{path}: begin with a comment that says what the file is for"


def check(root):
    problems = []
    for path in tree.files(root):
        if path.endswith(BINARY) or path.startswith(FREE) or "/corpus/" in path:
            continue
        text = tree.read(root, path)
        if text is None:
            problems.append(f"{path}: not text. If it belongs here, add its kind to BINARY in tools/check_files.py")
        else:
            headed = path.endswith(".c") and (root / (path[:-2] + ".h")).exists()
            problems += check_text(path, text, headed)
    return problems


if __name__ == "__main__":
    tree.main(check)
