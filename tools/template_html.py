"""Where in HTML a point of a template lies: what a value there would do, and whether text there is read by people.

Used by templates.py, the compiler.
"""

import re

# Kinds that may stand at the head of a URL: they can't name a scheme that an attacker chose.
URL_HEADS = {"url_trusted", "asset", "raw_trusted"}
URL_ATTRIBUTES = {"href", "src", "action", "formaction", "poster", "data"}
RAW_ELEMENTS = {"script", "style"}
# Attributes that people read or hear; besides them data-text…, for scripts, and those of holds_message().
MESSAGE_ATTRIBUTES = {"title", "alt", "placeholder", "label", "abbr", "aria-label", "aria-description",
                      "aria-valuetext", "aria-roledescription"}
VERBATIM_ELEMENTS = {"code", "pre", "kbd", "samp", "var", "textarea"}  # what they hold has no language


class Context:
    """Where in HTML a point of the template lies, as far as escaping depends on it."""

    def __init__(self):
        self.state, self.attribute, self.value_empty, self.element = "text", "", True, ""
        self.attributes, self.verbatim, self.content_end = {}, None, 0

    def copy(self):
        other = Context()
        other.__dict__.update(self.__dict__)
        return other

    def key(self):
        return (self.state, self.attribute if self.state.startswith("value") else "", self.element
                if self.state in ("raw", "tag") else "")

    def describe(self):
        return {
            "text": "in text", "tag": f"inside the tag <{self.element}>", "name": "in a tag's name",
            "attribute": "in an attribute's name", "before": "before an attribute's value",
            "value": f"in the attribute {self.attribute}", "comment": "in an HTML comment",
            "raw": f"inside <{self.element}>", "declaration": "in a declaration",
        }[self.state]

    def feed(self, text, fail, emit):
        """
        Goes on over constant text; fail(offset, message) for what no template may hold. Each piece is given to
        emit(piece, offset, is_message): may a person read it?
        """
        at = 0
        while at < len(text):
            start, self.content_end, readable = at, at, self.holds_message()
            at = getattr(self, "in_" + self.state)(text, at, fail)
            if self.content_end > start:
                emit(text[start:self.content_end], start, readable)
            if at > self.content_end:
                emit(text[self.content_end:at], self.content_end, False)

    def holds_message(self):
        """Does text that stands here reach a person, in words of ours?"""
        if self.state == "text":
            return self.verbatim is None
        if self.state != "value":
            return False
        name, kind = self.attribute, self.attributes.get("type", "")
        if name == "value":
            return self.element == "input" and kind in ("submit", "button", "reset")
        if name == "content":
            about = self.attributes.get("name", self.attributes.get("property", ""))
            return self.element == "meta" and about.endswith("description")
        return name in MESSAGE_ATTRIBUTES or name.startswith("data-text")

    def in_text(self, text, at, fail):
        mark = text.find("<", at)
        self.content_end = len(text) if mark < 0 else mark
        if mark < 0:
            return len(text)
        if text.startswith("<!--", mark):
            self.state = "comment"
            return mark + 4
        if text.startswith("<!", mark):
            self.state = "declaration"
            return mark + 2
        found = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)").match(text, mark)
        if not found:
            fail(mark, "a bare < (write &lt;)")
        self.state, self.element, self.attributes = "tag", found.group(1).lower(), {}
        if text[mark + 1] == "/":
            self.element = "/" + self.element
        return found.end()

    def in_comment(self, text, at, fail):
        end = text.find("-->", at)
        if end < 0:
            return len(text)
        self.state = "text"
        return end + 3

    def in_declaration(self, text, at, fail):
        end = text.find(">", at)
        if end < 0:
            return len(text)
        self.state = "text"
        return end + 1

    def in_raw(self, text, at, fail):
        end = text.lower().find("</" + self.element, at)
        inner = text[at:end if end >= 0 else len(text)]
        if inner.strip():
            fail(at, f"inline <{self.element}>: the pages' policy forbids it; use a static file")
        if end < 0:
            return len(text)
        self.state = "text"
        return end

    def in_tag(self, text, at, fail):
        found = re.compile(r"[\s/]+").match(text, at)
        if found:
            return found.end()
        if text[at] == ">":
            self.state = "raw" if self.element in RAW_ELEMENTS else "text"
            if self.verbatim is None and (self.element in VERBATIM_ELEMENTS
                                          or self.attributes.get("translate") == "no"):
                self.verbatim = self.element
            elif self.verbatim is not None and self.element == "/" + self.verbatim:
                self.verbatim = None
            return at + 1
        found = re.compile(r"([^\s\"'<>/=]+)(\s*=\s*)?").match(text, at)
        if not found:
            fail(at, f"an unexpected {text[at]} in the tag <{self.element}>")
        self.attribute = found.group(1).lower()
        if self.attribute == "style" or self.attribute.startswith("on"):
            fail(at, f"attribute {self.attribute}: inline styles and handlers are forbidden by the "
                     "pages' policy")
        if found.group(2):
            if text[found.end():found.end() + 1] != '"':
                fail(at, f"the value of {self.attribute} needs double quotes")
            self.state, self.value_empty = "value", True
            return found.end() + 1
        return found.end()

    def in_value(self, text, at, fail):
        end = text.find('"', at)
        self.content_end = len(text) if end < 0 else end
        self.attributes = {**self.attributes, self.attribute: self.attributes.get(self.attribute, "")
                           + text[at:self.content_end]}
        if end < 0:
            self.value_empty = False
            return len(text)
        self.state = "tag"
        return end + 1

    def value(self, kind, fail):
        """A {{ }} stands here."""
        if self.state not in ("text", "value"):
            fail(f"a value {self.describe()} can't be made safe by escaping")
        if kind == "url_trusted" and self.state == "text":
            fail("url_trusted belongs at the head of a URL")
        if (self.state == "value" and self.value_empty and self.attribute in URL_ATTRIBUTES
                and kind not in URL_HEADS):
            fail(f"a value at the head of {self.attribute} could name any scheme: begin with a "
                 "constant, or with url_trusted where the program made it")
        if self.state == "value":
            self.value_empty = False
