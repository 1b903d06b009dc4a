"""tools/templates.py: what templates become, and which mistakes it refuses."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import templates  # noqa: E402


def wrap(body, parameters="struct str s"):
    return "{% template t(" + parameters + ") %}" + body + "{% end %}"


def compile_text(text):
    return templates.compile_files([("t.html", text)])[1]


def appended(code):
    """The constant text of the generated code, put together again."""
    import re
    parts = re.findall(r'buf_append\(out, ((?:"(?:\\.|[^"\\])*"\s*)+),', code)
    text = "".join("".join(re.findall(r'"((?:\\.|[^"\\])*)"', p)) for p in parts)
    return text.encode().decode("unicode_escape").encode("latin-1").decode("utf-8")


class Translation(unittest.TestCase):
    def test_a_value_is_escaped_unless_said_otherwise_at_length(self):
        code = compile_text(wrap("<p>{{s}}{{raw_trusted s}}</p>"))
        self.assertIn("html(out, s);", code)
        self.assertIn("html_raw_trusted(out, s);", code)

    def test_constant_text_becomes_one_append_with_its_length_in_bytes(self):
        code = compile_text(wrap('<p>\n  <b>“ü”</b>\n</p>'))
        self.assertEqual(code.count("buf_append"), 1)
        self.assertEqual(appended(code), "<p><b>“ü”</b></p>")
        self.assertIn(f", {len('<p><b>“ü”</b></p>'.encode())});", code)

    def test_layout_goes_and_space_between_words_stays(self):
        cases = {
            "<p>\n  a\n  b\n</p>": "<p>a b</p>",
            "<b>a</b> <b>b</b>": "<b>a</b> <b>b</b>",
            "<b>a</b>\n<b>b</b>": "<b>a</b><b>b</b>",
            "<a\n  href=\"/\">x</a>": "<a href=\"/\">x</a>",
            "<p>a {# note #} b</p>": "<p>a  b</p>",
            "<pre>\n a\n b</pre>": "<pre>\n a\n b</pre>",
            "<textarea>\nx\n</textarea>": "<textarea>\nx\n</textarea>",
        }
        for source, wanted in cases.items():
            with self.subTest(source=source):
                self.assertEqual(appended(compile_text(wrap(source))), wanted)

    def test_errors_of_the_c_compiler_name_the_line_of_the_template(self):
        code = compile_text("{% template t(struct str s) %}\n<p>\n{{s}}\n</p>{% end %}")
        self.assertIn('#line 3 "t.html"\n\thtml(out, s);', code)

    def test_strings_in_expressions_may_hold_what_ends_a_tag(self):
        code = compile_text(wrap('{% if eq(s, "}}%}") %}<p>{{f(s, "}}")}}</p>{% end %}'))
        self.assertIn('html(out, f(s, "}}"));', code)

    def test_branches_may_lie_within_a_tag(self):
        code = compile_text(wrap('<a{% if s.len %} class="x"{% else %} id="y"{% end %} href="/{{url s}}">z</a>'))
        self.assertIn("} else {", code)

    def test_what_is_compiled_also_renders(self):
        """The whole way: template, C compiler, output."""
        source = ('{% template t(struct names names, int n) %}<ul>\n{% for x in names %}\n'
                  '<li>{{*x}}{% if n > 1 %}!{% elif n == 1 %}?{% else %}.{% end %}</li>\n'
                  '{% end %}\n</ul>{% include u(n) %}{% end %}\n'
                  '{% template u(int n) %}<a href="/{{url STR("a b")}}" title="{{n}}">1 &lt; 2</a>'
                  '{% call twice(n) %}{% end %}')
        main = ('#include "templates.c"\n#include <stdio.h>\nint main(void)\n{\n'
                '\tstruct str list[] = {STR("a<b"), STR("\\"c\\"")};\n'
                '\tstruct buf out = BUF_INIT(9999);\n'
                '\ttemplate_t(&out, (struct names){list, 2}, 1);\n'
                '\tputs(buf_c(&out));\n\treturn 0;\n}\n')
        header, code = templates.compile_files([("t.html", source)])
        header = header.replace("void template_t", "struct names { struct str *items; size_t count; };"
                                "\nstatic inline void twice(struct buf *out, int n)"
                                "\n{ buf_add_i64(out, 2 * n); }\nvoid template_t", 1)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "templates.h").write_text(header)
            (folder / "templates.c").write_text(code)
            (folder / "main.c").write_text(main)
            # Of html.h only what this needs, so that no library has to be linked.
            (folder / "web").mkdir()
            (folder / "web/html.h").write_text((ROOT / "src/web/html.h").read_text())
            (folder / "stubs.c").write_text(
                '#include "web/html.h"\nvoid html_url(struct buf *o, struct str s)\n'
                '{ for (size_t i = 0; i < s.len; i++) if (s.ptr[i] == 32) buf_add_c(o, "%20");'
                ' else buf_add_char(o, s.ptr[i]); }\n'
                'struct str asset_url(const char *n) { return str_from_c(n); }\n'
                'void percent_encode(struct buf *o, struct str s) { buf_add(o, s); }\n')
            html = (ROOT / "src/web/html.c").read_text()
            start = html.index("void html_url")
            (folder / "html.c").write_text(html[:start])
            subprocess.run(["cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-I", folder, "-I",
                            ROOT / "src", "-o", folder / "t", folder / "main.c", folder / "html.c",
                            folder / "stubs.c", ROOT / "src/base/buf.c", ROOT / "src/base/str.c"],
                           check=True)
            got = subprocess.run([folder / "t"], check=True, stdout=subprocess.PIPE, text=True)
        self.assertEqual(got.stdout, '<ul><li>a&lt;b?</li><li>&#34;c&#34;?</li></ul>'
                                     '<a href="/a%20b" title="1">1 &lt; 2</a>2\n')


class Refusals(unittest.TestCase):
    def refuse(self, text, line, message):
        with self.assertRaises(templates.TemplateError) as caught:
            compile_text(text)
        got = str(caught.exception)
        self.assertTrue(got.startswith(f"t.html:{line}: error: "), got)
        self.assertIn(message, got)

    def test_values_where_escaping_does_not_help(self):
        self.refuse(wrap("\n<a {{s}}>"), 2, "can't be made safe")
        self.refuse(wrap("<a href={{s}}>x</a>"), 1, "needs double quotes")
        self.refuse(wrap("<{{s}}>"), 1, "a bare <")
        self.refuse(wrap("<!-- {{s}} -->"), 1, "in an HTML comment")
        self.refuse(wrap('<script src="/x">{{s}}</script>'), 1, "inside <script>")

    def test_values_at_the_head_of_a_url(self):
        self.refuse(wrap('<a href="{{s}}">x</a>'), 1, "could name any scheme")
        self.refuse(wrap('<a href="{{url s}}">x</a>'), 1, "could name any scheme")
        self.refuse(wrap('<form action="{{s}}/x">'), 1, "could name any scheme")
        compile_text(wrap('<a href="{{url_trusted s}}?x={{url s}}">x</a>'))
        self.refuse(wrap("<p>{{url_trusted s}}</p>"), 1, "head of a URL")

    def test_what_the_pages_policy_forbids(self):
        self.refuse(wrap('<p style="color:red">'), 1, "attribute style")
        self.refuse(wrap('<p\n onclick="x()">'), 2, "attribute onclick")
        self.refuse(wrap("<script>x()</script>"), 1, "inline <script>")
        self.refuse(wrap("<style>p{}</style>"), 1, "inline <style>")

    def test_blocks_that_do_not_fit(self):
        self.refuse("{% template t(void) %}\n<p>", 1, "without {% end %}")
        self.refuse(wrap("\n{% if s.len %}x"), 1, "without {% end %}")
        self.refuse("{% end %}", 1, "outside of a template")
        self.refuse(wrap("{% else %}"), 1, "without an {% if %}")
        self.refuse(wrap("{% if 1 %}{% else %}{% else %}{% end %}"), 1, "without an {% if %}")
        self.refuse(wrap("{% if 1 %}{% else %}{% elif 2 %}{% end %}"), 1, "without an {% if %}")
        self.refuse(wrap("{% end x %}"), 1, "end takes nothing")
        self.refuse(wrap("{% template u(void) %}{% end %}"), 1, "inside of template t")

    def test_ways_through_that_end_at_different_places(self):
        self.refuse(wrap('<a{% if s.len %} href="{% end %}/x">'), 1, "different places in HTML")
        self.refuse(wrap('{% for x in s %}<a {% end %}>'), 1, "different places in HTML")
        self.refuse(wrap("<a "), 1, "ends inside the tag <a>")

    def test_unfinished_marks(self):
        self.refuse(wrap("\n{{s"), 2, "{{ without }}")
        self.refuse(wrap("{# x"), 1, "{# without #}")
        self.refuse("{% template t(void", 1, "{% without %}")

    def test_expressions_that_would_break_out(self):
        for expression in ("s); evil(", "s; x", "{s}", "f(s", "s)", "a // b", "/* s"):
            with self.subTest(expression=expression):
                with self.assertRaises(templates.TemplateError):
                    compile_text(wrap("<p>{{" + expression + "}}</p>"))
        self.refuse(wrap("{{}}"), 1, "without an expression")

    def test_includes_of_what_is_not_there_or_takes_other_arguments(self):
        self.refuse(wrap("{% include u(s) %}"), 1, "there is no template u")
        self.refuse(wrap("{% include t(s, f(1, 2)) %}"), 1, "takes 1 arguments")
        self.refuse(wrap("{% include t() %}"), 1, "takes 1 arguments")
        self.refuse(wrap('<a title="{% include t(s) %}">'), 1, "it can only stand in text")

    def test_unknown_tags_and_wrong_signatures(self):
        self.refuse(wrap("{% while 1 %}"), 1, "unknown tag")
        self.refuse("{% template t %}", 1, "wanted: {% template name(parameters) %}")
        self.refuse("{% template t(x) %}{% end %}", 1, "needs a type and a name")
        self.refuse(wrap("") + wrap(""), 1, "there already")
        self.refuse("hello", 1, "text outside of a template")
        self.refuse(wrap("{% for x y %}"), 1, "wanted: {% for item in list %}")
        self.refuse('{% use web/view.h %}', 1, "wanted, outside of templates")

    def test_the_program_prints_the_error_and_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.html"
            path.write_text("\n\n{% end %}")
            got = subprocess.run([sys.executable, ROOT / "tools/templates.py", folder, path],
                                 stderr=subprocess.PIPE, text=True)
        self.assertEqual(got.returncode, 1)
        self.assertIn("x.html:3: error: ", got.stderr)


if __name__ == "__main__":
    unittest.main()
