"""tools/languages.py and tools/templates.py: which texts are messages, and what becomes of their translations."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import languages  # noqa: E402
import templates  # noqa: E402

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


def catalogue(body="", tag="da"):
    return languages.Catalogue(f"lang/{tag}.po", HEAD + body)


def wrap(body, parameters="struct str s, int n"):
    return "{% template t(" + parameters + ") %}" + body + "{% end %}"


def messages(body):
    return [m.english for m in templates.messages([("t.html", wrap(body))])]


def code(body, po=""):
    return templates.compile_files([("t.html", wrap(body))], [catalogue(po)])[1]


class Finding(unittest.TestCase):
    def test_each_text_between_tags_is_a_message(self):
        cases = {
            "<p>One</p><p> Two words </p>": ["One", "Two words"],
            "<p>{% if n %}yes{% else %}no{% end %}</p>": ["yes", "no"],
            "<p>Hello {{s}}, and {{s}} again</p>": ["Hello {s}, and {s} again"],
            "<p>{{s}} · {{n}}</p><p>→ 12 %</p><p>&nbsp;&amp;</p>": [],
            "<p>at {% call time_html(n) %}</p>": ["at {time}"],
            "<p>from {{s}} to {{f(s)}}, {{f(n)}}</p>": ["from {s} to {s_2}, {n}"],
            "<pre>verbatim</pre><code>x</code><b translate=\"no\">Name</b>": [],
            "<p><!-- a comment --></p>": [],
        }
        for body, wanted in cases.items():
            with self.subTest(body=body):
                self.assertEqual(messages(body), wanted)

    def test_attributes_that_people_read_are_messages_and_others_are_not(self):
        cases = {
            '<img src="/x" alt="A bird">': ["A bird"],
            '<a href="/about" class="big" title="To {{s}}">→</a>': ["To {s}"],
            '<nav aria-label="Main" id="main"></nav>': ["Main"],
            '<input type="submit" value="Send">': ["Send"],
            '<input type="text" name="field" value="kept" placeholder="Your name">': ["Your name"],
            '<input type="hidden" value="kept">': [],
            '<meta name="description" content="A place"><meta name="robots" content="noindex">': ["A place"],
            '<p data-text-left="# left" data-limit="many"></p>': ["# left"],
        }
        for body, wanted in cases.items():
            with self.subTest(body=body):
                self.assertEqual(messages(body), wanted)

    def test_a_sentence_with_tags_is_one_message(self):
        self.assertEqual(messages('<p>{% t %}Go <a href="/{{url s}}">there</a>,<br>{{s}}.{% end %}</p>'),
                         ["Go <1>there</1>,<2/>{s}."])
        self.assertEqual(messages('{% t %}Type <code>kinglet</code> now{% end %}'), ["Type <1></1> now"])

    def test_texts_of_c_are_found_past_comments_and_in_pieces(self):
        source = ('/* T("not this") */ // T("nor this")\n'
                  'a(T("one"), T_STR("two " /* so */ "x"), "T(\\"no\\")");\n'
                  'b = T_LATER("thr" "ee\\n");\n'
                  'c(T_PLURAL("%d day", "%d days", n));\n')
        found = languages.c_messages("a.c", source)
        self.assertEqual([(m.english, m.plural) for m in found][0], ("one", None))
        self.assertIn(("three\n", None), [(m.english, m.plural) for m in found])
        self.assertIn(("%d day", "%d days"), [(m.english, m.plural) for m in found])
        self.assertNotIn("not this", [m.english for m in found])
        self.assertEqual([m.c_format for m in found if m.plural], [True])

    def test_a_text_that_is_no_literal_is_refused(self):
        with self.assertRaisesRegex(languages.CatalogueError, "a.c:2: error: .*string literal"):
            languages.c_messages("a.c", "\nx = T(name);\n")

    def test_the_last_text_of_a_row_of_a_table_is_a_message(self):
        source = ('#define PROBLEM_TABLE(X)      \\\n\tX(PROBLEM_NONE, "", "")  \\\n'
                  '\tX(PROBLEM_A, "field", "One " \\\n\t  "text (so)")\n')
        self.assertEqual([m.english for m in languages.table_messages("a.h", source)], ["One text (so)"])


class Translating(unittest.TestCase):
    def test_constant_text_is_chosen_by_language_and_shared_where_it_is_the_same(self):
        made = code("<p>Hello</p><p>{{s}}</p>", 'msgid "Hello"\nmsgstr "Hej"\n')
        self.assertIn('[LANG_EN] = STR_INIT("<p>Hello</p><p>")', made)
        self.assertIn('[LANG_DA] = STR_INIT("<p>Hej</p><p>")', made)
        self.assertIn('[LANG_QPS] = STR_INIT("<p>\\342\\237\\246Hello\\342\\237\\247</p><p>")', made)
        self.assertIn('buf_append(out, "</p>", 4);', made)

    def test_what_is_missing_unfinished_or_fuzzy_is_shown_in_english(self):
        for po in ("", 'msgid "Hello"\nmsgstr ""\n', '#, fuzzy\nmsgid "Hello"\nmsgstr "Hej"\n'):
            self.assertIn('[LANG_DA] = STR_INIT("<p>Hello</p>")', code("<p>Hello</p>", po))

    def test_a_language_may_put_values_in_another_order(self):
        made = code("<p>{{n}} of {{s}}</p>", 'msgid "{n} of {s}"\nmsgstr "{s}: {n}"\n')
        danish, others = made.split("} else {")
        self.assertIn("if (lang_current() == LANG_DA) {", danish)
        self.assertLess(danish.index("html(out, s)"), danish.index("html(out, n)"))
        self.assertLess(others.index("html(out, n)"), others.index("html(out, s)"))

    def test_plural_forms_are_those_of_the_language(self):
        body = "<p>{% plural n %}{{n}} day{% other %}{{n}} days{% end %}</p>"
        po = 'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} dag"\nmsgstr[1] "{n} dage"\n'
        made = code(body, po)
        self.assertIn("switch (lang_form(lang_current(), (int64_t)(n))) {", made)
        one, many = made.split("default: {")
        self.assertIn('[LANG_DA] = STR_INIT(" dag")', one)
        self.assertIn('[LANG_DA] = STR_INIT(" dage")', many)
        self.assertIn('[LANG_EN] = STR_INIT(" days")', many)

    def test_quotes_of_a_translation_do_not_end_an_attribute(self):
        made = code('<a href="/" title="Say x">→</a>', 'msgid "Say x"\nmsgstr "Sig \\"x\\""\n')
        self.assertIn("Sig &#34;x&#34;", made)

    def test_a_translation_holds_no_tags_and_the_same_values(self):
        with self.assertRaisesRegex(templates.TemplateError, r"lang/da.po:\d+: error: a text holds no tags"):
            code("<p>Hello</p>", 'msgid "Hello"\nmsgstr "<script>"\n')
        for po in ('msgid "Hello {s}"\nmsgstr "Hej"\n', 'msgid "Hello"\nmsgstr "Hej {s}"\n',
                   '#, c-format\nmsgid "%d of %s"\nmsgstr "%s af %d"\n'):
            with self.subTest(po=po), self.assertRaisesRegex(languages.CatalogueError, "lang/da.po:4: error: form 0"):
                catalogue(po)

    def test_what_cannot_be_one_message_is_refused_with_its_line(self):
        cases = {
            "\n{% t %}a {% if n %}b{% end %}{% end %}": "t.html:2: error: {% if %} inside {% t %}",
            "\n{% t %}a <b>b{% end %}": "isn't closed",
            "{% t %}a </b>{% end %}": "closes what the text didn't open",
            "{% t %}{{s}}{% end %}": "without words",
            "{% plural n %}a{% end %}": "without {% other %}",
            "{% other %}": "wanted: {% plural count %}",
            "<p>a { b</p>": "can't hold { or }",
            '<a {% t %}x{% end %}>': "no message can stand here",
        }
        for body, wanted in cases.items():
            with self.subTest(body=body), self.assertRaises(templates.TemplateError) as caught:
                templates.compile_files([("t.html", wrap(body))])
            self.assertIn(wanted, str(caught.exception))


class Catalogues(unittest.TestCase):
    def test_what_is_written_is_read_back(self):
        old = catalogue('# noted\n#: old.html\nmsgid "a \\"b\\"\\n"\nmsgstr "c\\t"\n')
        message = languages.Message('a "b"\n')
        message.places = [("templates/x.html", 7)]
        text = languages.write(old, [message, languages.Message("new", "news")])
        again = languages.Catalogue("lang/da.po", text)
        self.assertEqual(again.entries[(None, 'a "b"\n')].forms, {0: "c\t"})
        self.assertIn("# noted\n#: templates/x.html\n", text)
        self.assertNotIn("old.html", text)
        self.assertEqual(again.entries[(None, "new")].forms, {0: "", 1: ""})
        self.assertEqual(languages.write(again, [message, languages.Message("new", "news")]), text)

    def test_a_broken_catalogue_is_refused_with_its_line(self):
        cases = {
            'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n': "lang/da.po:7: error: 'a' is there already, in line 4",
            'msgid a\n': "lang/da.po:4: error: wanted a text in double quotes",
            'msgid "a\\q"\n': "unknown escape",
            'nonsense\n': "not understood",
        }
        for body, wanted in cases.items():
            with self.subTest(body=body), self.assertRaises(languages.CatalogueError) as caught:
                catalogue(body)
            self.assertIn(wanted, str(caught.exception))
        with self.assertRaisesRegex(languages.CatalogueError, "Plural-Forms"):
            languages.Catalogue("lang/da.po", 'msgid ""\nmsgstr ""\n"Language: da\\n"\n')
        with self.assertRaisesRegex(languages.CatalogueError, "holds what isn't one"):
            languages.Catalogue("x.po", 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=system(1);\\n"\n')

    def test_the_table_is_ordered_by_bytes_and_says_what_is_missing_in_c(self):
        made = languages.table([catalogue('msgid "b"\nmsgstr "B"\n\nmsgid "Å"\nmsgstr "å"\n\nmsgid "a"\nmsgstr ""\n')])
        rows = [line for line in made.split("\n") if line.startswith('\t{"')]
        self.assertEqual([row.split('"')[1] for row in rows], ["a", "b", "\\303\\205"])
        self.assertNotIn("LANG_DA", rows[0])
        self.assertIn('[LANG_DA] = {"B"}', rows[1])
        self.assertIn("case LANG_DA:\n\t\treturn (unsigned)((n != 1));", made)

    def test_the_table_compiles_as_c(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "table.c"
            path.write_text(languages.table([catalogue('msgid "a??/b"\nmsgstr "ø\\n"\n')]))
            subprocess.run(["cc", "-std=gnu17", "-Wall", "-Werror", "-I", str(ROOT / "src"), "-c", str(path), "-o",
                            str(path) + ".o"], check=True)


if __name__ == "__main__":
    unittest.main()
