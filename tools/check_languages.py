#!/usr/bin/env python3
"""Languages: each message of the sources is in each catalogue, finished; no catalogue holds what nothing uses; and
what looks like a text for people is a message."""

import os
import re
import shutil
import subprocess
import languages
import tree

# Where C speaks to people, and files there whose texts are for operators or for programs.
SPEAKING = ("src/web/", "src/service/", "src/admin/")
SILENT = {
    "src/admin/admin.c", "src/admin/recorder.c", "src/admin/sampler.c", "src/service/import.c",
    "src/web/page_feed.c",  # feeds are in English for everybody: docs/languages.md
}
# Two words in a row, and none of the signs of markup, protocols and formats.
WORDS = re.compile(r"^[^<>={};:/\\]*[A-Za-z]{2,} [a-z]{2,}[^<>={};/\\]*$")
C_FREE = re.compile(rf"/\*.*?\*/|//[^\n]*|#include[^\n]*|\b(?:T(?:_STR|_LATER|_PLURAL)?|log_\w+|die)\(\s*(?:LOG_\w+,\s*)?"
                    rf"{languages.C_STRINGS}(?:\s*,\s*{languages.C_STRINGS})?", re.S)
SCRIPT_TEXT = re.compile(r"""(?:\b(?:textContent|innerText|title|placeholder|ariaLabel)\s*=(?!=)|\b(?:alert|confirm)\(|"""
                         r"""\bsetAttribute\(\s*["'](?:aria-label|title|placeholder|alt)["']\s*,)\s*"""
                         r"""(["'`])(?:(?!\1)[^\n])*[A-Za-z]{2}""")


def blank(found):
    return re.sub(r"[^\n]", " ", found.group())


def outside(root, names):
    """What looks like a text for people and is no message."""
    for name in names:
        if name.startswith(SPEAKING) and name.endswith(".c") and name not in SILENT:
            text = C_FREE.sub(blank, tree.read(root, name))
            for found in re.finditer(languages.C_STRING, text):
                if WORDS.match(found.group()[1:-1]):
                    line = text.count("\n", 0, found.start()) + 1
                    yield f"{name}:{line}: {found.group()} is no message. Put it into T(…) of base/lang.h"
        elif name.startswith("static/") and name.endswith(".js"):
            text = tree.read(root, name)
            for found in SCRIPT_TEXT.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{line}: a script holds a text. Let a template give it as data-text…"


def missing(catalogue, message):
    """What is wrong with a message's entry, or None."""
    entry = catalogue.entries.get(message.key())
    if not entry:
        return "isn't in"
    if "fuzzy" in entry.flags:
        return "is marked as fuzzy in"
    if (entry.plural is None) != (message.plural is None):
        return "has other forms in"
    if message.c_format and "c-format" not in entry.flags:
        return "holds values of C, which its entry doesn't say, in"
    return None if entry.complete(catalogue.form_count) else "has no translation in"


def check_catalogue(root, name, messages):
    try:
        catalogue = languages.load(os.path.join(root, name))
    except languages.CatalogueError as error:
        return [f"{name}:{error.line}: {error.message}"]
    problems = []
    for message in messages:
        why = missing(catalogue, message)
        if why:
            path, line = message.places[0]
            problems.append(f'{path}:{line}: "{message.english}" {why} {name}. Run tools/languages.py update, '
                            "and translate it there")
    used = {message.key() for message in messages}
    problems += [f'{name}:{entry.line}: nothing says "{entry.english}" any more. Run tools/languages.py update'
                 for key, entry in catalogue.entries.items() if key not in used]
    if shutil.which("msgfmt"):
        done = subprocess.run(["msgfmt", "--check-format", "--check-domain", "-o", os.devnull, name], cwd=root,
                              capture_output=True, text=True, check=False)
        problems += done.stderr.strip().splitlines() if done.returncode else []
    return problems


def check(root):
    names = tree.files(root, ".html", ".c", ".h", ".po")
    catalogues = languages.catalogue_paths(names)
    if not catalogues or tree.Scope.only is not None:  # a hook sees a part of the sources, which says nothing
        return []
    import templates
    try:
        messages = languages.source_messages(root, names)
    except (languages.CatalogueError, templates.TemplateError) as error:
        return [str(error)]
    problems = [problem for name in catalogues for problem in check_catalogue(root, name, messages)]
    return problems + list(outside(root, tree.files(root, ".c", ".js")))


if __name__ == "__main__":
    tree.main(check)
