#!/usr/bin/env python3
"""The catalogues of languages, lang/TAG.po: reading them, checking them, and making C of them.

usage: languages.py table OUTPUT.c FILE.po...   what src/base/lang.c looks texts up in
       languages.py update                      bring lang/*.po in line with the messages of the sources
       languages.py list                        every message with where it stands

A message is a text that a person reads: each text of a template (tools/templates.py finds those) and each
literal within T(), T_STR(), T_PLURAL() or T_LATER() in C. English is the message itself. The catalogues
are gettext's PO files, so that its tools and any editor for them can be used; nothing of gettext runs in
the program. docs/languages.md says how to work with them.
"""

import os
import re
import sys

ENGLISH = "en"
PSEUDO = "qps"  # each message in brackets; made here, for tests that look for text outside of messages
PSEUDO_MARKS = ("\u27e6", "\u27e7")
FORMS_MAX = 4  # LANG_FORMS_MAX of src/base/lang.h
ENGLISH_RULE = "nplurals=2; plural=(n != 1);"
CONVERSION = re.compile(r"%(?:%|(?:\d+\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|j|z|t)?[a-zA-Z])")
PLACEHOLDER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}|</?\d+/?>")


class CatalogueError(Exception):
    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: error: {message}")
        self.path, self.line, self.message = path, line, message


class Message:
    """A text of the sources: English, perhaps a plural of it, perhaps a context that tells two apart."""

    def __init__(self, english, plural=None, context=None, c_format=False):
        self.english, self.plural, self.context, self.c_format = english, plural, context, c_format
        self.places = []  # (path, line)

    def key(self):
        return (self.context, self.english)


class Entry:
    """A message of a catalogue with its translation, one text for each form."""

    def __init__(self, line):
        self.line, self.comments, self.flags = line, [], set()
        self.context, self.english, self.plural, self.forms = None, None, None, {}

    def key(self):
        return (self.context, self.english)

    def complete(self, count):
        wanted = count if self.plural is not None else 1
        return all(self.forms.get(i) for i in range(wanted))


# ---- reading and writing PO -------------------------------------------------------------------------

ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r"}


def unquote(path, line, text):
    found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text.strip())
    if not found:
        raise CatalogueError(path, line, f"wanted a text in double quotes: {text.strip()}")

    def one(match):
        if match.group(1) not in ESCAPES:
            raise CatalogueError(path, line, f"unknown escape {match.group()}")
        return ESCAPES[match.group(1)]
    return re.sub(r"\\(.)", one, found.group(1))


def quote(text):
    for mark, sign in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(mark, sign)
    return f'"{text}"'


class Catalogue:
    """lang/TAG.po."""

    def __init__(self, path, text):
        self.path = path
        self.tag = os.path.basename(path)[:-len(".po")]
        self.entries, self.header, self.header_comments = {}, "", []
        self.read(text)
        found = re.search(r"^Plural-Forms:\s*nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([^;\n]+);", self.header, re.M)
        if not found:
            raise CatalogueError(path, 1, "the header lacks Plural-Forms: nplurals=…; plural=…;")
        self.form_count, self.rule = int(found.group(1)), found.group(2).strip()
        if not re.fullmatch(r"[n\d\s()<>=!%&|?:]+", self.rule):
            raise CatalogueError(path, 1, f"the rule of Plural-Forms holds what isn't one: {self.rule}")
        if not 1 <= self.form_count <= FORMS_MAX:
            raise CatalogueError(path, 1, f"nplurals must be 1 to {FORMS_MAX}")

    def read(self, text):
        entry, field = None, None
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line or line.startswith("#~"):
                entry, field = self.keep(entry), None
                continue
            if entry is not None and entry.forms and re.match(r"#|msgctxt|msgid\s", line):
                entry, field = self.keep(entry), None  # no empty line between two is needed
            if entry is None:
                entry = Entry(number)
            if line.startswith("#,"):
                entry.flags |= {flag.strip() for flag in line[2:].split(",")}
            elif line.startswith("#"):
                entry.comments.append(line)
            elif line.startswith('"'):
                self.extend(entry, field, number, unquote(self.path, number, line))
            else:
                found = re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d+)\])?)\s+(.*)", line)
                if not found:
                    raise CatalogueError(self.path, number, f"not understood: {line}")
                field = found.group(1)
                self.extend(entry, field, number, unquote(self.path, number, found.group(3)))
        self.keep(entry)

    def extend(self, entry, field, number, text):
        if field == "msgctxt":
            entry.context = (entry.context or "") + text
        elif field == "msgid":
            entry.english = (entry.english or "") + text
        elif field == "msgid_plural":
            entry.plural = (entry.plural or "") + text
        elif field:
            form = int(field[7:-1]) if "[" in field else 0
            entry.forms[form] = entry.forms.get(form, "") + text
        else:
            raise CatalogueError(self.path, number, "a text that belongs to nothing")

    def keep(self, entry):
        if entry is None or entry.english is None:
            return None
        if entry.english == "" and entry.context is None:
            self.header, self.header_comments = entry.forms.get(0, ""), entry.comments
        elif entry.key() in self.entries:
            raise CatalogueError(self.path, entry.line, f"{entry.english!r} is there already, in line "
                                                        f"{self.entries[entry.key()].line}")
        else:
            self.entries[entry.key()] = entry
            self.check(entry)
        return None

    def check(self, entry):
        """A translation must hold the same values: one that is lost or made up would break the page."""
        for form, text in entry.forms.items():
            if not text:
                continue
            sources = [entry.english] + ([entry.plural] if entry.plural is not None else [])
            for marks in (PLACEHOLDER, CONVERSION):
                if marks is CONVERSION and "c-format" not in entry.flags:
                    continue
                have = marks.findall(text)
                wants = [marks.findall(source) for source in sources]
                if marks is PLACEHOLDER:
                    have, wants = sorted(have), [sorted(want) for want in wants]
                if have not in wants:
                    raise CatalogueError(self.path, entry.line, f"form {form} of {entry.english!r} holds {have}, but "
                                                                f"the message {wants[0]}")

    def usable(self, key):
        """The entry to be shown, or None: missing, not finished, or marked as fuzzy."""
        entry = self.entries.get(key)
        if not entry or "fuzzy" in entry.flags or not entry.complete(self.form_count):
            return None
        return entry


def load(path):
    with open(path, encoding="utf-8") as file:
        return Catalogue(path, file.read())


def write_entry(entry, form_count):
    lines = list(entry.comments)
    if entry.flags:
        lines.append("#, " + ", ".join(sorted(entry.flags)))
    if entry.context is not None:
        lines.append("msgctxt " + quote(entry.context))
    lines.append("msgid " + quote(entry.english))
    if entry.plural is None:
        lines.append("msgstr " + quote(entry.forms.get(0, "")))
    else:
        lines.append("msgid_plural " + quote(entry.plural))
        lines += [f"msgstr[{i}] {quote(entry.forms.get(i, ''))}" for i in range(form_count)]
    return "\n".join(lines) + "\n"


def write(catalogue, messages):
    """The catalogue's text for these messages, in their order; entries that nothing uses are dropped."""
    head = "\n".join(catalogue.header_comments + ['msgid ""', 'msgstr ""'])
    head += "".join("\n" + quote(line + "\n") for line in catalogue.header.rstrip("\n").split("\n")) + "\n"
    parts = [head]
    for message in messages:
        old = catalogue.entries.get(message.key())
        entry = Entry(0)
        entry.context, entry.english, entry.plural = message.context, message.english, message.plural
        entry.forms = old.forms if old else {}
        entry.flags = (old.flags if old else set()) - {"c-format"} | ({"c-format"} if message.c_format else set())
        # By file alone: line numbers would change this file with each change of a template.
        kept = [comment for comment in old.comments if not comment.startswith("#:")] if old else []
        entry.comments = kept + ["#: " + path for path in sorted({path for path, _line in message.places})]
        parts.append(write_entry(entry, catalogue.form_count))
    return "\n".join(parts)


# ---- the messages of C ------------------------------------------------------------------------------

# Tables of C whose rows, X(…, "text"), end in a message.
C_TABLES = ("FLASH_TABLE", "PROBLEM_TABLE")
C_STRING = r'"(?:[^"\\\n]|\\.)*"'
C_STRINGS = rf"{C_STRING}(?:\s*\\?\s*{C_STRING})*"
C_CALL = re.compile(rf"/\*.*?\*/|//[^\n]*|\bT(_STR|_LATER|_PLURAL)?\(\s*(?:({C_STRINGS})"
                    rf"(?:\s*,\s*\\?\s*({C_STRINGS}))?|([^)]))|{C_STRING}|'(?:[^'\\\n]|\\.)+'", re.S)


def c_value(literals):
    text = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', literals))
    raw = re.sub(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", c_escape, text)
    return raw.encode("utf-8", "surrogateescape").decode("utf-8")


def c_escape(match):
    code = match.group(1)
    if code[0] == "x" or code[0] in "01234567":
        byte = int(code[1:], 16) if code[0] == "x" else int(code, 8)
        return bytes([byte]).decode("utf-8", "surrogateescape")
    return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)


def table_messages(path, text):
    """The messages of the rows of C_TABLES: what is last in each."""
    found_all = []
    for table_found in re.finditer(rf"#define (?:{'|'.join(C_TABLES)})\(X\)((?:[^\n]*\\\n)*[^\n]*)", text):
        for row in re.finditer(rf"\bX\(\w+(?:[^()\"]|{C_STRING})*?({C_STRINGS})\s*\\?\s*\)", table_found.group(1)):
            english = c_value(row.group(1))
            if english:
                message = Message(english)
                message.places.append((path, text.count("\n", 0, table_found.start(1) + row.start(1)) + 1))
                found_all.append(message)
    return found_all


def c_messages(path, text):
    """The messages of a C source."""
    found_all = []
    for found in C_CALL.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found.group(4):
            if found.group(4) not in "cloe" and not re.search(r"#define[^\n]*$", text[:found.start()]):
                raise CatalogueError(path, line, "the argument of T() must be a string literal")
            continue
        if not found.group(2):
            continue
        kind, english = found.group(1) or "", c_value(found.group(2))
        plural = c_value(found.group(3)) if kind == "_PLURAL" and found.group(3) else None
        if kind == "_PLURAL" and plural is None:
            raise CatalogueError(path, line, "T_PLURAL() takes two literals and a number")
        conversions = [c for c in CONVERSION.findall(english) if c != "%%"]
        message = Message(english, plural, None, bool(conversions) and not re.search(r"%(?![\w.*%-])", english))
        message.places.append((path, line))
        found_all.append(message)
    return found_all


# ---- all messages -----------------------------------------------------------------------------------

def merge(messages):
    """One message of those that are equal, in the order in which they first came."""
    merged = {}
    for message in messages:
        known = merged.setdefault(message.key(), message)
        if known is not message:
            if message.plural is not None and known.plural not in (None, message.plural):
                path, line = message.places[0]
                raise CatalogueError(path, line, f"{message.english!r} has two plurals")
            known.plural = known.plural if message.plural is None else message.plural
            known.c_format |= message.c_format
            known.places += message.places
    return list(merged.values())


def source_messages(root, names):
    """The messages of the sources of these names (relative to `root`)."""
    import templates  # which needs this module, too
    found, pages = [], []
    for name in names:
        with open(os.path.join(root, name), encoding="utf-8") as file:
            text = file.read()
        if name.startswith("templates/") and name.endswith(".html"):
            pages.append((name, text))
        elif name.startswith("src/") and name.endswith((".c", ".h")) and name != "src/base/lang.h":
            found += c_messages(name, text) + table_messages(name, text)
    return merge(templates.messages(pages) + found)


# ---- C of the catalogues ----------------------------------------------------------------------------

def pseudo(text):
    """Brackets around a message, but within its outer white space."""
    return PSEUDO_MARKS[0] + text + PSEUDO_MARKS[1]


def constant(tag):
    """LANG_PT_BR of pt-BR."""
    return "LANG_" + re.sub(r"\W", "_", tag).upper()


def c_literal(text):
    out = ""
    for byte in text.encode():
        c = chr(byte)
        out += "\\" + c if c in '"\\?' else c if 32 <= byte < 127 else f"\\{byte:03o}"
    return f'"{out}"'


def table_row(key, catalogues):
    forms, plural = [], None
    for catalogue in catalogues:
        entry = catalogue.usable(key)
        if entry:
            plural = entry.plural if entry.plural is not None else plural
            texts = [entry.forms[i] for i in sorted(entry.forms)]
            forms.append((catalogue.tag, texts))
    known = next(c.entries[key] for c in catalogues if key in c.entries)
    english = [known.english] + ([known.plural] if known.plural is not None else [])
    forms.append((PSEUDO, [pseudo(text) for text in english]))
    cells = ", ".join(f"[{constant(tag)}] = {{{', '.join(map(c_literal, texts))}}}" for tag, texts in forms)
    return f"\t{{{c_literal(key[1])}, {{{cells}}}}},\n"


def table(catalogues):
    """The C source of lang_rows and the rules of plurals."""
    keys = {key for catalogue in catalogues for key in catalogue.entries if key[0] is None}
    rows = "".join(table_row(key, catalogues) for key in sorted(keys, key=lambda key: key[1].encode()))
    rules = "".join(f"\tcase {constant(c.tag)}:\n\t\treturn (unsigned)({c.rule});\n" for c in catalogues)
    return (
        "/* Made by tools/languages.py from lang/: edit the catalogues. */\n"
        '#include "base/lang.h"\n\n'
        f"_Static_assert(LANG_COUNT == {len(catalogues) + 2},\n"
        '\t       "LANG_TABLE has a row for English, for each lang/TAG.po, and for tests");\n\n'
        f"const struct lang_row lang_rows[] = {{\n{rows}\t{{0}},\n}};\n"
        "const size_t lang_row_count = sizeof(lang_rows) / sizeof(lang_rows[0]) - 1;\n\n"
        "unsigned lang_plural_rule(enum lang lang, unsigned long n)\n{\n\tswitch (lang) {\n"
        f"{rules}\tdefault:\n\t\treturn n != 1;\n\t}}\n}}\n")


# ---- commands ---------------------------------------------------------------------------------------

def catalogue_paths(names):
    return [name for name in names if re.fullmatch(r"lang/[A-Za-z0-9-]+\.po", name)]


def update(root, names):
    found = source_messages(root, names)
    for name in catalogue_paths(names):
        path = os.path.join(root, name)
        text = write(load(path), found)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return found


def main(arguments):
    try:
        if len(arguments) > 2 and arguments[0] == "table":
            text = table([load(path) for path in arguments[2:]])
            with open(arguments[1], "w", encoding="utf-8") as file:
                file.write(text)
        elif arguments in (["update"], ["list"]):
            import tree
            names = tree.files(tree.ROOT, ".html", ".c", ".h", ".po")
            for message in update(tree.ROOT, names) if arguments == ["update"] else source_messages(tree.ROOT, names):
                if arguments == ["list"]:
                    print(f"{':'.join(map(str, message.places[0]))}: {message.english}")
        else:
            print(__doc__.split("\n\n")[1], file=sys.stderr)
            return 2
    except Exception as error:  # pylint: disable=broad-except
        if not isinstance(error, OSError) and "error:" not in str(error):
            raise
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
