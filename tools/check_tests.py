#!/usr/bin/env python3
"""Tests: their names state behaviour, none is switched off, and all that are written are run."""

import re
import tree

C_TEST = re.compile(r"^static void (\w+)\(void \*\*\w+\)\n\{", re.M)  # cmocka's fixtures return int
JS_TEST = re.compile(r"""^\s*(?:await\s+)?(?:t\.)?(?:test|it)\(\s*(['"`])((?:\\.|(?!\1).)*)\1""", re.M)
JS_OFF = re.compile(r"\b(?:test|it|describe|suite)\.(skip|todo|only)\(|\b(skip|todo|only)\s*:\s*true|\bt\.(skip|todo)\(")
C_OFF = re.compile(r"(?<!\w)skip\(\)")
WORDS = 3


def lines_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def check_c(path, text):
    code = tree.strip_c(text)
    for match in C_TEST.finditer(code):
        name = match.group(1)
        if name.startswith("test_") or name.count("_") + 1 < WORDS:
            yield (f"{path}:{lines_of(code, match)}: {name}: name what must be true, such as "
                   f"post_of_501_characters_is_refused")
    for match in C_OFF.finditer(code):
        yield f"{path}:{lines_of(code, match)}: a test that is skipped hides what it would say. Mend it or remove it"


def check_js(path, text):
    for match in JS_TEST.finditer(text):
        if len(match.group(2).split()) < WORDS:
            yield f"{path}:{lines_of(text, match)}: \"{match.group(2)}\": name what must be true, in a sentence"
    for match in JS_OFF.finditer(text):
        yield f"{path}:{lines_of(text, match)}: a test that is skipped hides what it would say. Mend it or remove it"


def check(root):
    problems = []
    for path in tree.files(root, ".c", ".mjs"):
        if not path.startswith("tests/"):
            continue
        text = tree.read(root, path)
        problems += check_c(path, text) if path.endswith(".c") else check_js(path, text)
        if path.endswith(".mjs") and re.search(r"\bimport\b.*node:test", text) and not path.endswith(".test.mjs") \
                and "/lib/" not in path:
            problems.append(f"{path}: holds tests but isn't found as one. Name it *.test.mjs")
    return problems


if __name__ == "__main__":
    tree.main(check)
