#!/usr/bin/env python3
"""Markdown: links within the tree lead somewhere, and so do their anchors. Links outward are not followed."""

import re
import urllib.parse
import tree

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def anchors(text):
    """The anchors of a page's headings, as the usual renderers make them."""
    found = set()
    for heading in HEADING.findall(FENCE.sub(blank, text)):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 1
        unique = slug
        while unique in found:
            unique = f"{slug}-{number}"
            number += 1
        found.add(unique)
    return found


def check_page(root, path):
    text = tree.read(root, path)
    prose = CODE.sub(blank, FENCE.sub(blank, text))
    for match in LINK.finditer(prose):
        target = urllib.parse.unquote(match.group(1))
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            continue
        where = f"{path}:{prose.count(chr(10), 0, match.start()) + 1}"
        name, _, anchor = target.partition("#")
        page = (root / path).parent / name if name else root / path
        if not page.resolve().exists():
            yield f"{where}: {target}: there is no such file. Mend the link or add the file"
        elif anchor and page.suffix == ".md" and anchor not in anchors(page.read_text()):
            yield f"{where}: {target}: that page has no such heading. Mend the anchor"


def check(root):
    problems = []
    for path in tree.files(root, ".md"):
        problems += check_page(root, path)
    return problems


if __name__ == "__main__":
    tree.main(check)
