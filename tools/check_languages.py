#!/usr/bin/env python3
"""Languages: each message of the sources is in each catalogue, finished; and no catalogue holds what nothing uses."""

import os
import shutil
import subprocess
import languages
import tree


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
    return [problem for name in catalogues for problem in check_catalogue(root, name, messages)]


if __name__ == "__main__":
    tree.main(check)
