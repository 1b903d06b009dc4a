#!/usr/bin/env python3
"""Compiles page templates to C: templates.py OUTPUT_FOLDER FILE.html... [lang/TAG.po...]

What a template may say is in docs/templates.md. The result is one templates.c and one templates.h,
so that the C compiler sees all templates at once. Beside translating, this refuses what would be
unsafe in the page: a value where no escaping helps (unquoted attributes, scripts, styles, tag
names, the head of a URL), and inline scripts and styles, which the pages' policy forbids anyway.

Each text that a person reads is a message: it is looked up in the catalogues of languages here, so
that a page holds its constant text once for each language and costs no search when it is shown.

Nothing here guesses: what isn't understood is an error with its file and line.
"""

import os
import re
import sys

import languages
from template_html import MESSAGE_ATTRIBUTES, Context

VALUE_KINDS = {
    "": "html(out, {});",
    "url": "html_url(out, {});",
    "url_trusted": "html(out, {});",
    "asset": "html_asset(out, {});",
    "raw_trusted": "html_raw_trusted(out, {});",
}
VOID_ELEMENTS = {"br", "hr", "img", "input", "wbr"}
ENTITY = re.compile(r"&#?[A-Za-z0-9]+;")
VERBATIM = re.compile(r"<(pre|textarea)\b.*?</\1\s*>", re.S | re.I)
NAME = r"[A-Za-z_][A-Za-z0-9_]*"


class TemplateError(Exception):
    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: error: {message}")


class Token:
    """A piece of the file: kind is "text", "value" ({{ }}) or "tag" ({% %})."""

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line
        self.breaks = [at.start() for at in re.finditer("\n", text)]  # where its lines end

    def line_at(self, offset):
        return self.line + sum(1 for at in self.breaks if at < offset)


def end_of_code(source, at, closer):
    """Where `closer` begins, past C strings and character constants; -1 where it never does."""
    quote = None
    while at < len(source):
        c = source[at]
        if quote:
            if c == "\\":
                at += 1
            elif c == quote:
                quote = None
        elif source.startswith(closer, at):
            return at
        elif c in "\"'":
            quote = c
        at += 1
    return -1


def tokenize(path, source):
    """Splits at {{ }}, {% %} and {# #}; comments are dropped."""
    tokens, at, line = [], 0, 1
    opener = re.compile(r"\{\{|\{%|\{#")
    while at < len(source):
        found = opener.search(source, at)
        text = source[at:found.start()] if found else source[at:]
        if text:
            tokens.append(Token("text", text, line))
            line += text.count("\n")
        if not found:
            break
        mark = found.group()
        closer = {"{{": "}}", "{%": "%}", "{#": "#}"}[mark]
        start = found.end()
        end = source.find(closer, start) if mark == "{#" else end_of_code(source, start, closer)
        if end < 0:
            raise TemplateError(path, line, f"{mark} without {closer}")
        inner = source[start:end]
        if mark == "{#":
            tokens.append(Token("comment", "", line))
        else:
            kind = "value" if mark == "{{" else "tag"
            tokens.append(Token(kind, inner.strip(), line))
        line += inner.count("\n")
        at = end + len(closer)
    return tokens


def drop_layout(tokens):
    """
    A line break with the white space around it is the layout of the source, not of the page: next
    to a tag of HTML or a {% %} it goes, elsewhere it becomes one space. White space without a line
    break stays, and so does all of it within <pre> and <textarea>.
    """
    verbatim, depth_text = [], "".join(t.text if t.kind == "text" else "\0" for t in tokens)
    verbatim = [m.span() for m in VERBATIM.finditer(depth_text)]
    position = 0
    for i, token in enumerate(tokens):
        if token.kind != "text":
            position += 1
            continue
        start, text = position, token.text
        position += len(text)
        before = tokens[i - 1].kind if i else "tag"
        after = tokens[i + 1].kind if i + 1 < len(tokens) else "tag"

        def shorten(match, start=start, text=text, before=before, after=after):
            at = start + match.start()
            if any(low < at < high for low, high in verbatim):
                return match.group()
            left = text[match.start() - 1] if match.start() else None
            right = text[match.end()] if match.end() < len(text) else None
            at_left = left == ">" if left else before in ("tag", "comment")
            at_right = right in "<>" if right else after in ("tag", "comment")
            return "" if at_left or at_right else " "

        token.text, token.breaks, end = "", [], 0
        for match in re.finditer(r"[ \t]*\n\s*", text):
            token.text += text[end:match.start()]
            token.breaks += [len(token.text)] * match.group().count("\n")
            token.text, end = token.text + shorten(match), match.end()
        token.text += text[end:]


class Template:
    """The signature of a template, known before any body is translated."""

    def __init__(self, path, line, head):
        found = re.fullmatch(rf"template\s+({NAME})\s*\((.*)\)", head, re.S)
        if not found:
            raise TemplateError(path, line, "wanted: {% template name(parameters) %}")
        self.path, self.line, self.name = path, line, found.group(1)
        self.parameters = " ".join(found.group(2).split())
        parts = [p.strip() for p in self.parameters.split(",")] if self.parameters else []
        if parts == ["void"]:
            parts, self.parameters = [], ""
        self.names = []
        for part in parts:
            name = re.search(rf"({NAME})$", part)
            if not name or name.group(1) == part:
                raise TemplateError(path, line, f"parameter “{part}” needs a type and a name")
            self.names.append(name.group(1))

    def prototype(self):
        more = ", " + self.parameters if self.parameters else ""
        return f"void template_{self.name}(struct buf *out{more})"


def c_string(text):
    """A C literal of the text's bytes; split in lines, octal escapes that can't run on."""
    out, line = [], ""
    for byte in text.encode():
        c = chr(byte)
        if c == "\n":
            piece = "\\n"
        elif c in "\"\\":
            piece = "\\" + c
        elif c == "?":
            piece = "\\?"
        elif 32 <= byte < 127:
            piece = c
        else:
            piece = f"\\{byte:03o}"
        line += piece
        if len(line) > 80:
            out.append(f'"{line}"')
            line = ""
    if line or not out:
        out.append(f'"{line}"')
    return "\n\t\t".join(out)


class Part:
    """A piece of a text: words, or what stands for a value or a tag in the message."""

    def __init__(self, words="", name="", items=None):
        self.words, self.name, self.items = words, name, items or []  # items: (text, None) or (None, lines of C)


class Compiler:
    """
    Translates one file; `templates` knows the signatures of all files, `catalogues` the languages besides
    English. Constant text is gathered for each language in `pending`. What may be part of a message is first
    gathered in `parts`, until a tag ends it.
    """

    def __init__(self, path, tokens, templates, catalogues=()):
        self.path, self.tokens, self.templates, self.catalogues = path, tokens, templates, catalogues
        self.tags = [languages.ENGLISH] + [c.tag for c in catalogues] + ([languages.PSEUDO] if catalogues else [])
        self.out, self.pending, self.blocks, self.context = [], [""] * len(self.tags), [], None
        self.uses, self.current, self.messages = [], None, []
        self.parts, self.parts_line, self.joined = [], 0, None

    def fail(self, line, message):
        raise TemplateError(self.path, line, message)

    def constant(self, text):
        self.pending = [before + text for before in self.pending]

    def flush(self):
        """Writes the constant text gathered so far as one append."""
        self.end_parts()
        first = self.pending[0]
        if any(text != first for text in self.pending):
            self.out.append("\t{\n\tstatic const struct str texts[LANG_COUNT] = {")
            self.out.extend(f"\t\t[{languages.constant(tag)}] = STR_INIT({c_string(text)}),"
                            for tag, text in zip(self.tags, self.pending))
            self.out.append("\t};\n\tbuf_add(out, texts[lang_current()]);\n\t}")
        elif first:
            self.out.append(f"\tbuf_append(out, {c_string(first)}, {len(first.encode())});")
        self.pending = [""] * len(self.tags)

    def lines_of(self, line, text):
        return [f'#line {line} "{self.path}"', "\t" + text]

    def code(self, line, text):
        self.flush()
        self.out.extend(self.lines_of(line, text))

    def value_code(self, line, text, name):
        """C that writes a value: within a text it is a part of the message."""
        if self.joined and not self.context.holds_message():
            self.parts[-1].items.append((None, self.lines_of(line, text)))
        elif self.context.holds_message():
            self.parts_line = self.parts_line if self.parts else line
            self.parts.append(Part(name=name, items=[(None, self.lines_of(line, text))]))
        else:
            self.code(line, text)

    # ---- messages -----------------------------------------------------------------------------------

    def piece(self, line, text, readable):
        """A piece of constant text, as Context.feed() gives it."""
        if self.joined:
            self.joined_piece(line, text, readable)
        elif readable:
            self.parts_line = self.parts_line if self.parts else line
            self.parts.append(Part(words=text))
        else:
            self.end_parts()
            self.constant(text)

    def joined_piece(self, line, text, readable):
        """Within {% t %}: a tag is a part of the sentence, with all that it holds."""
        if readable and self.context.attribute in MESSAGE_ATTRIBUTES and self.parts and self.parts[-1].name == "<":
            self.fail(line, f"{self.context.attribute} can't have a text of its own inside {{% t %}}")
        if readable:
            self.parts.append(Part(words=text))
        elif text.startswith("<") or not self.parts:
            self.parts.append(Part(name="<", items=[(text, None)]))
        else:
            self.parts[-1].items.append((text, None))

    def message_of(self, parts):
        """The message's text, and what its placeholders stand for."""
        text, items, open_tags, count = "", {}, [], 0
        for part in parts:
            if not part.name:
                if re.search(r"[{}]", part.words):
                    self.fail(self.parts_line, "a text can't hold { or }: they mark values in messages")
                text += part.words
                continue
            if part.name == "<":
                element = re.match(r"</?([A-Za-z0-9-]+)", part.items[0][0]).group(1).lower()
                if part.items[0][0].startswith("</"):
                    if not open_tags:
                        self.fail(self.parts_line, f"</{element}> closes what the text didn't open")
                    mark = f"</{open_tags.pop()}>"
                else:
                    count += 1
                    mark = f"<{count}/>" if element in VOID_ELEMENTS else f"<{count}>"
                    open_tags += [] if element in VOID_ELEMENTS else [count]
            else:
                mark, number = f"{{{part.name}}}", 1
                while mark in items and items[mark] != part.items:
                    number += 1
                    mark = f"{{{part.name}_{number}}}"
            items[mark] = part.items
            text += mark
        if open_tags:
            self.fail(self.parts_line, "a tag that the text opened isn't closed in it")
        return text, items

    def translations(self, message, line, in_attribute):
        """The message's forms in each language, in the order of self.tags."""
        message.places.append((self.path, line))
        self.messages.append(message)
        english = [message.english] + ([message.plural] if message.plural is not None else [])
        result = [english]
        for catalogue in self.catalogues:
            entry = catalogue.usable(message.key())
            if entry and (entry.plural is None) == (message.plural is None):
                forms = [entry.forms[i] for i in sorted(entry.forms)]
                for form in forms:
                    if re.search("[<>]", languages.PLACEHOLDER.sub("", form)):
                        raise TemplateError(catalogue.path, entry.line, "a text holds no tags; write &lt; for <")
                result.append([form.replace('"', "&#34;") if in_attribute else form for form in forms])
            else:
                result.append(english)
        return result + ([[languages.pseudo(form) for form in english]] if self.catalogues else [])

    def end_parts(self):
        """The text that was gathered is whole: a message where it has words."""
        parts, self.parts = self.parts, []
        words = "".join(ENTITY.sub("", part.words) for part in parts)
        if not any(c.isalpha() for c in words):
            for part in parts:
                self.write_items(part.items or [(part.words, None)])
            return
        text, items = self.message_of(parts)
        inner = text.strip()
        self.constant(text[:len(text) - len(text.lstrip())])
        message = languages.Message(inner)
        forms = self.translations(message, self.parts_line, self.context.state != "text")
        self.write_message([form[0] for form in forms], items)
        self.constant(text[len(text.rstrip()):])

    def write_items(self, items):
        for text, lines in items:
            if text is not None:
                self.constant(text)
            else:
                self.flush()
                self.out.extend(lines)

    def write_message(self, texts, items):
        """`texts` in the order of self.tags; languages may put the values in an order of their own."""
        split = [re.split(f"({languages.PLACEHOLDER.pattern})", text) for text in texts]
        orders = [tuple(pieces[1::2]) for pieces in split]
        if all(order == orders[0] for order in orders):
            self.write_ordered(split, items)
            return
        self.flush()
        others = list(dict.fromkeys(order for order in orders if order != orders[0]))
        for i, order in enumerate(others + [orders[0]]):
            mine = [tag for tag, own in zip(self.tags, orders) if own == order]
            test = " || ".join(f"lang_current() == {languages.constant(tag)}" for tag in mine)
            head = "\t} else {" if i == len(others) else f"\t}} else if ({test}) {{" if i else f"\tif ({test}) {{"
            self.out.append(head)
            first = next(pieces for pieces, own in zip(split, orders) if own == order)
            self.write_ordered([pieces if own == order else first for pieces, own in zip(split, orders)], items)
            self.flush()
        self.out.append("\t}")

    def write_ordered(self, split, items):
        for at in range(len(split[0])):
            if at % 2:
                self.write_items(items[split[0][at]])
            else:
                self.pending = [before + pieces[at] for before, pieces in zip(self.pending, split)]

    def begin_joined(self, token, block):
        if self.joined:
            self.fail(token.line, f"{{% {block['kind']} %}} inside {{% {self.joined['kind']} %}}")
        if not self.context.holds_message():
            self.fail(token.line, f"{{% {block['kind']} %}} {self.context.describe()}: no message can stand here")
        self.flush()
        self.joined, self.parts_line = block, token.line
        self.blocks.append(block)

    def tag_t(self, token, rest):
        found = re.fullmatch(r'(?:"([^"\\]+)")?', rest)
        if not found:
            self.fail(token.line, 'wanted: {% t %}, or {% t "context" %}')
        self.begin_joined(token, {"kind": "t", "line": token.line, "start": self.context.copy(),
                                  "context": found.group(1)})

    def tag_plural(self, token, rest):
        count = self.expression(token.line, rest, "plural")
        self.begin_joined(token, {"kind": "plural", "line": token.line, "start": self.context.copy(),
                                  "count": count, "one": None})

    def tag_other(self, token, rest):
        block = self.joined
        if rest or not block or block["kind"] != "plural" or block["one"] is not None:
            self.fail(token.line, "wanted: {% plural count %} one {% other %} many {% end %}")
        self.same_place(token, block)
        block["one"], self.parts = self.message_of(self.parts), []
        self.context = block["start"].copy()

    def same_place(self, token, block):
        if self.context.key() != block["start"].key():
            self.fail(token.line, f"the {block['kind']} (line {block['line']}) ends {self.context.describe()}")

    def end_joined(self, token, block):
        self.same_place(token, block)
        text, items = self.message_of(self.parts)
        self.parts, self.joined = [], None
        in_attribute = self.context.state != "text"
        if not any(c.isalpha() for c in ENTITY.sub("", languages.PLACEHOLDER.sub("", text))):
            self.fail(block["line"], f"{{% {block['kind']} %}} without words")
        if block["kind"] == "t":
            message = languages.Message(text.strip(), None, block["context"])
            self.write_message([form[0] for form in self.translations(message, block["line"], in_attribute)], items)
            return
        if block["one"] is None:
            self.fail(block["line"], "{% plural %} without {% other %}")
        items = {**block["one"][1], **items}
        forms = self.translations(languages.Message(block["one"][0].strip(), text.strip()), block["line"],
                                  in_attribute)
        self.flush()
        self.out.append(f'#line {block["line"]} "{self.path}"')
        self.out.append(f"\tswitch (lang_form(lang_current(), (int64_t)({block['count']}))) {{")
        for i in range(max(map(len, forms))):
            last = i == max(map(len, forms)) - 1
            self.out.append("\tdefault: {" if last else f"\tcase {i}: {{")
            self.write_message([form[min(i, len(form) - 1)] for form in forms], items)
            self.flush()
            self.out.append("\tbreak;\n\t}")
        self.out.append("\t}")

    # ---- tokens -------------------------------------------------------------------------------------

    def expression(self, line, text, what):
        """A C expression on one line; only what would break out of the call is refused."""
        text = " ".join(text.split())
        if not text:
            self.fail(line, f"{what} without an expression")
        closing, stack = {")": "(", "]": "["}, []
        for found in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|//|/\*|.', text):
            c = found.group()
            if c in (";", "{", "}", "//", "/*", '"', "'"):
                self.fail(line, f"{c} can't stand in an expression: {text}")
            if c in "([":
                stack.append(c)
            elif c in closing and (not stack or stack.pop() != closing[c]):
                self.fail(line, f"unbalanced {c} in: {text}")
        if stack:
            self.fail(line, f"unbalanced {stack[-1]} in: {text}")
        for message in languages.c_messages(self.path, text):
            message.places = [(self.path, line)]
            self.messages.append(message)
        return text

    def arguments(self, text):
        """How many arguments a balanced list has."""
        depth, count = 0, 1 if text.strip() else 0
        for found in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|.', text):
            c = found.group()
            depth += (c in ("(", "[")) - (c in (")", "]"))
            count += c == "," and depth == 0
        return count

    def run(self):
        for token in self.tokens:
            getattr(self, "on_" + token.kind)(token)
        if self.blocks:
            kind, line = self.blocks[-1]["kind"], self.blocks[-1]["line"]
            self.fail(line, f"{{% {kind} %}} without {{% end %}}")

    def on_comment(self, token):
        pass

    def on_text(self, token):
        if not self.current:
            if token.text.strip():
                self.fail(token.line, "text outside of a template")
            return

        def fail(offset, message):
            self.fail(token.line_at(offset), message)

        def emit(text, offset, readable):
            self.piece(token.line_at(offset + len(text) - len(text.lstrip())), text, readable)
        self.context.feed(token.text, fail, emit)

    def on_value(self, token):
        if not self.current:
            self.fail(token.line, "a value outside of a template")
        kinds = "|".join(k for k in VALUE_KINDS if k)
        found = re.match(rf"({kinds})\s+(?=[A-Za-z_(\"&*])", token.text)
        kind = found.group(1) if found else ""
        code = self.expression(token.line, token.text[found.end() if found else 0:], "{{ }}")
        self.context.value(kind, lambda message: self.fail(token.line, message))
        names = re.findall(NAME, code)
        self.value_code(token.line, VALUE_KINDS[kind].format(code), names[-1] if names else "value")

    def on_tag(self, token):
        word = re.match(r"[a-z]*", token.text).group()
        rest = token.text[len(word):].strip()
        handler = getattr(self, "tag_" + word, None) if word else None
        if not handler:
            self.fail(token.line, f"unknown tag: {{% {token.text} %}}")
        if word not in ("template", "use") and not self.current:
            self.fail(token.line, f"{{% {word} %}} outside of a template")
        if self.joined and word not in ("call", "other", "end"):
            self.fail(token.line, f"{{% {word} %}} inside {{% {self.joined['kind']} %}}")
        handler(token, rest)

    def tag_use(self, token, rest):
        if self.current or not re.fullmatch(r'"[^"\n]+"', rest):
            self.fail(token.line, 'wanted, outside of templates: {% use "folder/header.h" %}')
        self.uses.append(rest)

    def tag_template(self, token, rest):
        if self.current:
            self.fail(token.line, f"{{% template %}} inside of template {self.current.name}")
        self.current = self.templates[Template(self.path, token.line, token.text).name]
        self.blocks.append({"kind": "template", "line": token.line})
        self.context = Context()
        self.out.append(f'#line {token.line} "{self.path}"')
        self.out.append(self.current.prototype() + "\n{")
        self.out.extend(f"\t(void){name};" for name in self.current.names)

    def tag_if(self, token, rest):
        self.code(token.line, f"if ({self.expression(token.line, rest, 'if')}) {{")
        self.blocks.append({"kind": "if", "line": token.line, "start": self.context.copy(),
                            "ends": [], "else": False})

    def branch(self, token):
        """Ends a branch of the innermost if and begins the next one where that began."""
        block = self.blocks[-1]
        if block["kind"] != "if" or block["else"]:
            self.fail(token.line, f"{{% {token.text} %}} without an {{% if %}}")
        self.flush()
        block["ends"].append(self.context)
        self.context = block["start"].copy()
        return block

    def tag_elif(self, token, rest):
        self.branch(token)
        self.code(token.line, f"}} else if ({self.expression(token.line, rest, 'elif')}) {{")

    def tag_else(self, token, rest):
        if rest:
            self.fail(token.line, "else takes nothing (elif?)")
        self.branch(token)["else"] = True
        self.code(token.line, "} else {")

    def tag_for(self, token, rest):
        found = re.fullmatch(rf"({NAME})\s+in\s+(.+)", rest, re.S)
        if not found:
            self.fail(token.line, "wanted: {% for item in list %}")
        item, source = found.group(1), self.expression(token.line, found.group(2), "for")
        self.code(token.line, f"for (size_t {item}_at = 0; {item}_at < ({source}).count; "
                              f"{item}_at++) {{")
        self.out.append(f"\t__typeof__(&({source}).items[0]) {item} = &({source}).items[{item}_at];")
        self.out.append(f"\t(void){item};")
        self.blocks.append({"kind": "for", "line": token.line, "start": self.context.copy()})

    def tag_include(self, token, rest):
        found = re.fullmatch(rf"({NAME})\s*\((.*)\)", rest, re.S)
        if not found:
            self.fail(token.line, "wanted: {% include name(arguments) %}")
        name, template = found.group(1), self.templates.get(found.group(1))
        if not template:
            self.fail(token.line, f"there is no template {name}")
        inner = found.group(2).strip()
        arguments = self.expression(token.line, inner, "include") if inner else ""
        if self.arguments(arguments) != len(template.names):
            self.fail(token.line, f"template {name} takes {len(template.names)} arguments "
                                  f"({template.parameters or 'none'})")
        self.only_in_text(token, "include")
        more = ", " + arguments if arguments else ""
        self.code(token.line, f"template_{name}(out{more});")

    def tag_call(self, token, rest):
        found = re.fullmatch(rf"({NAME})\s*\((.*)\)", rest, re.S)
        if not found:
            self.fail(token.line, "wanted: {% call function(arguments) %}")
        inner = found.group(2).strip()
        more = ", " + self.expression(token.line, inner, "call") if inner else ""
        self.only_in_text(token, "call")
        name = re.sub(r"_html$", "", found.group(1))
        self.value_code(token.line, f"{found.group(1)}(out{more});", name)

    def only_in_text(self, token, what):
        if self.context.state != "text":
            self.fail(token.line, f"{what} {self.context.describe()}: it can only stand in text")

    def tag_end(self, token, rest):
        if rest:
            self.fail(token.line, "end takes nothing")
        if not self.blocks:
            self.fail(token.line, "{% end %} without anything to end")
        block = self.blocks.pop()
        if block is self.joined:
            self.end_joined(token, block)
            return
        self.flush()
        self.out.append("}")
        if block["kind"] == "template":
            if self.context.state != "text":
                self.fail(token.line, f"the template ends {self.context.describe()}")
            self.current = None
            return
        starts = [block["start"]] if block["kind"] == "for" or not block["else"] else []
        for other in starts + block.get("ends", []):
            if other.key() != self.context.key():
                self.fail(token.line, f"the ways through this {block['kind']} (line "
                                      f"{block['line']}) end at different places in HTML: "
                                      f"{other.describe()}, {self.context.describe()}")
            self.context.value_empty &= other.value_empty


def signatures(path, tokens, templates):
    for token in tokens:
        if token.kind == "tag" and re.match(r"template\b", token.text):
            template = Template(path, token.line, token.text)
            known = templates.get(template.name)
            if known:
                raise TemplateError(path, token.line, f"template {template.name} is there already: "
                                                      f"{known.path}:{known.line}")
            templates[template.name] = template


def compilers(sources, catalogues):
    """One for each of the (path, text) pairs, when it has run."""
    templates, files = {}, []
    for path, text in sources:
        tokens = tokenize(path, text)
        drop_layout(tokens)
        signatures(path, tokens, templates)
        files.append(Compiler(path, tokens, templates, catalogues))
    for compiler in files:
        compiler.run()
    return templates, files


def messages(sources):
    """The messages of the (path, text) pairs, for the catalogues."""
    return [message for compiler in compilers(sources, ())[1] for message in compiler.messages]


def compile_files(sources, catalogues=()):
    """sources: (path, text) pairs. The texts of templates.h and templates.c."""
    templates, files = compilers(sources, catalogues)
    uses = sorted({use for compiler in files for use in compiler.uses})
    note = "/* Made by tools/templates.py from templates/ and lang/: edit those. */\n"
    header = note + "#ifndef KINGLET_TEMPLATES_H\n#define KINGLET_TEMPLATES_H\n\n"
    header += "".join(f"#include {use}\n" for use in ['"base/buf.h"'] + uses) + "\n"
    header += "".join(t.prototype() + ";\n" for t in templates.values()) + "\n#endif\n"
    body = note + '#include "templates.h"\n#include "base/lang.h"\n#include "web/html.h"\n\n'
    body += "\n".join("\n".join(compiler.out) for compiler in files) + "\n"
    return header, body


def main(arguments):
    if len(arguments) < 2:
        print("usage: templates.py OUTPUT_FOLDER FILE.html... [lang/TAG.po...]", file=sys.stderr)
        return 2
    folder, paths = arguments[0], arguments[1:]
    try:
        sources, catalogues = [], []
        for path in paths:
            if path.endswith(".po"):
                catalogues.append(languages.load(path))
                continue
            with open(path, encoding="utf-8") as file:
                sources.append((path, file.read()))
        header, body = compile_files(sources, catalogues)
    except (TemplateError, languages.CatalogueError) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"{path}: error: {error}", file=sys.stderr)
        return 1
    for name, text in (("templates.h", header), ("templates.c", body)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
