"""The checks of ./dev lint: each finds what is planted, says what to do, and lets good files pass."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import check_files  # noqa: E402
import check_forbidden  # noqa: E402
import check_languages  # noqa: E402
import check_layers  # noqa: E402
import check_lengths  # noqa: E402
import check_links  # noqa: E402
import check_lock  # noqa: E402
import check_secrets  # noqa: E402
import check_tests  # noqa: E402
import tree  # noqa: E402


class Tree(unittest.TestCase):
    """A small tree under git, made by write()."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory()
        self.addCleanup(temp.cleanup)
        self.root = Path(temp.name)
        subprocess.run(["git", "init", "--quiet", self.root], check=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def one(self, check, *parts):
        problems = list(check(self.root))
        self.assertEqual(len(problems), 1, problems)
        for part in parts:
            self.assertIn(part, problems[0])

    def none(self, check):
        self.assertEqual(list(check(self.root)), [])


class Languages(Tree):
    HEAD = ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
            '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n')

    def plant(self, entries):
        self.write("templates/a.html", "{% template t(int n) %}\n<p>Hello</p>{% end %}")
        self.write("src/web/a.c", 'x = T("Good day");\n')
        self.write("lang/da.po", self.HEAD + entries)

    def test_a_complete_catalogue_passes(self):
        self.plant('msgid "Hello"\nmsgstr "Hej"\n\nmsgid "Good day"\nmsgstr "Goddag"\n')
        self.none(check_languages.check)

    def test_a_message_without_its_translation_is_named_with_its_line(self):
        self.plant('msgid "Hello"\nmsgstr "Hej"\n')
        self.one(check_languages.check, 'src/web/a.c:1: "Good day" isn\'t in lang/da.po')
        self.plant('msgid "Hello"\nmsgstr ""\n\nmsgid "Good day"\nmsgstr "Goddag"\n')
        self.one(check_languages.check, 'templates/a.html:2: "Hello" has no translation in lang/da.po')

    def test_what_looks_like_a_text_and_is_no_message_is_found(self):
        done = 'msgid "Hello"\nmsgstr "Hej"\n\nmsgid "Good day"\nmsgstr "Goddag"\n'
        self.plant(done)
        self.write("src/web/b.c", 'log_info("a person came");\ny = STR("text/html; charset=utf-8");\n')
        self.none(check_languages.check)
        self.write("src/web/b.c", '\ny = STR("You did that");\n')
        self.one(check_languages.check, 'src/web/b.c:2: "You did that" is no message')
        self.write("src/web/b.c", "")
        self.write("static/a.js", 'element.textContent = `${count} new posts`;\nother.textContent = "";\n')
        self.one(check_languages.check, "static/a.js:1: a script holds a text")

    def test_what_is_fuzzy_or_unused_is_found(self):
        self.plant('#, fuzzy\nmsgid "Hello"\nmsgstr "Hej"\n\nmsgid "Good day"\nmsgstr "Goddag"\n')
        self.one(check_languages.check, "is marked as fuzzy")
        self.plant('msgid "Hello"\nmsgstr "Hej"\n\nmsgid "Good day"\nmsgstr "Goddag"\n\nmsgid "Old"\nmsgstr "x"\n')
        self.one(check_languages.check, 'lang/da.po:', 'nothing says "Old" any more')


class Layers(Tree):
    def test_an_upward_include_is_found_with_its_line(self):
        self.write("src/store/post.c", '#include "base/buf.h"\n#include "service/post.h"\n')
        self.one(check_layers.check, "src/store/post.c:2", "service/post.h", "must not include")

    def test_http_may_include_base_only(self):
        self.write("src/http/router.c", '#include "base/str.h"\n#include "model/user.h"\n')
        self.one(check_layers.check, "http/ must not include model/user.h")

    def test_pages_and_api_do_not_include_each_other(self):
        self.write("src/web/page.c", '#include "api/api.h"\n')
        self.one(check_layers.check, "web/ must not include api/api.h")

    def test_only_the_sqlite_engine_knows_sqlite(self):
        self.write("src/store/sqlite/open.c", "#include <sqlite3.h>\n")
        self.write("src/store/sqlite_open.c", "#include <sqlite3.h>\n")
        self.write("src/service/post.c", "#include <sqlite3.h>\n")
        self.one(check_layers.check, "src/service/post.c:1", "sqlite3.h")

    def test_only_the_server_knows_libuv_and_llhttp(self):
        self.write("src/http/server_conn.c", "#include <uv.h>\n#include <llhttp.h>\n")
        self.write("src/http/cookie.c", "#include <uv.h>\n")
        self.one(check_layers.check, "src/http/cookie.c:1", "uv.h")

    def test_a_page_that_calls_the_store_is_found_but_not_in_a_comment(self):
        self.write("src/web/page.c", '/* store_post_create() */\nint f(void)\n{\n\treturn store_check(0);\n}\n')
        self.one(check_layers.check, "src/web/page.c:4", "store_check()")

    def test_an_unknown_layer_must_be_declared(self):
        self.write("src/federation/inbox.c", "int x;\n")
        self.one(check_layers.check, "federation/", "tools/check_layers.py")

    def test_what_stands_above_the_layers_may_include_all(self):
        self.write("src/main.c", '#include "web/web.h"\n#include "store/store.h"\n#include "http/server.h"\n')
        self.none(check_layers.check)


class Lengths(Tree):
    def function(self, lines):
        return "/* f */\nint long_one(int a)\n{\n" + "\ta++;\n" * lines + "}\n"

    def test_a_function_of_60_lines_passes(self):
        self.write("src/a.c", self.function(60))
        self.none(check_lengths.check)

    def test_a_function_of_61_lines_is_found_by_name(self):
        self.write("src/a.c", self.function(61))
        self.one(check_lengths.check, "src/a.c:3", "long_one()", "61 lines")

    def test_a_file_of_801_lines_is_found(self):
        self.write("src/a.c", "int x;\n" * 801)
        self.one(check_lengths.check, "src/a.c: 801 lines")

    def test_a_listed_exception_passes_up_to_its_own_limit(self):
        self.write("src/a.c", self.function(70))
        self.write("tools/lengths.txt", "src/a.c:long_one 70 a table\n")
        self.none(check_lengths.check)
        self.write("src/a.c", self.function(71))
        self.one(check_lengths.check, "71 lines, at most 70")

    def test_an_exception_that_is_not_needed_is_found(self):
        self.write("src/a.c", self.function(5))
        self.write("tools/lengths.txt", "src/a.c:long_one 70 a table\n")
        self.one(check_lengths.check, "needs no exception any more")

    def test_a_long_python_function_is_found(self):
        self.write("tools/a.py", "def long_one():\n" + "    x = 1\n" * 61)
        self.one(check_lengths.check, "long_one()", "61 lines")

    def test_a_wide_line_is_found(self):
        self.write("tests/a.mjs", "x " * 61 + "\n")
        self.one(check_lengths.check, "tests/a.mjs:1", "122 columns")


class Forbidden(Tree):
    def test_calls_are_found_with_what_to_use_instead(self):
        for name in ("strcpy", "sprintf", "strtok", "gets", "atoi", "system", "rand"):
            with self.subTest(name):
                self.write("src/a.c", f"void f(void)\n{{\n\t{name}(x);\n}}\n")
                self.one(check_forbidden.check, "src/a.c:3", f"{name}() is forbidden", "use ")

    def test_comments_strings_members_and_longer_names_pass(self):
        self.write("src/a.c", '/* strcpy(a, b) */ // atoi(x)\nchar *s = "sprintf(";\nint y = my_atoi(z) + '
                              "ops->system(1) + snprintf(0, 0, s) + signal(SIGPIPE, SIG_IGN);\n")
        self.none(check_forbidden.check)

    def test_a_struct_behind_a_typedef_is_found(self):
        self.write("src/a.h", "typedef struct post { int x; } post_t;\n")
        self.one(check_forbidden.check, "src/a.h:1", "typedef")


class Secrets(Tree):
    def test_planted_secrets_are_found(self):
        planted = [
            "-----BEGIN RSA " + "PRIVATE KEY-----", "AKIA" + "ABCDEFGHIJKLMNOP", "ghp_" + "a1B2" * 9,
            "https://discord.com/api/webhooks/" + "123456789012/" + "x" * 30,
            "DB_PASSWORD=" + "q8Zr5T" * 5, "postgres://kinglet:" + "hunter22@db/kinglet",
        ]
        for secret in planted:
            with self.subTest(secret):
                self.write("ops/env", "first\n" + secret + "\n")
                self.one(check_secrets.check, "ops/env:2")

    def test_placeholders_pass(self):
        self.write("README.md", "postgres://kinglet:PASSWORD@db/kinglet\nhttp://127.0.0.1:8080/a@b\nPASSWORD=\n")
        self.none(check_secrets.check)

    def test_paths_of_one_machine_are_found(self):
        for path in ("/root/x", "/home/" + "alice/src", "/wo" + "rk/main"):
            with self.subTest(path):
                self.write("docs/a.md", f"see {path} there\n")
                self.one(check_secrets.check, "docs/a.md:1", "a path of one machine")

    def test_addresses_that_look_like_paths_pass(self):
        self.write("docs/a.md", "https://example.org/root/x and src/work/x and /usr/bin/x\n")
        self.none(check_secrets.check)


class Links(Tree):
    def test_a_link_to_a_missing_file_is_found(self):
        self.write("README.md", "[a](docs/missing.md)\n")
        self.one(check_links.check, "README.md:1", "docs/missing.md", "no such file")

    def test_a_link_to_a_missing_heading_is_found(self):
        self.write("README.md", "x\n[a](docs/a.md#nothing)\n")
        self.write("docs/a.md", "# Something\n")
        self.one(check_links.check, "README.md:2", "no such heading")

    def test_good_links_outward_links_and_code_pass(self):
        self.write("README.md", "# The `x` of it\n[a](#the-x-of-it) [b](docs/a.md#b-c) <https://x.example>\n"
                                "[c](https://x.example/missing.md) `[d](nothing)`\n```\n[e](nothing)\n```\n")
        self.write("docs/a.md", "## B, C\n")
        self.none(check_links.check)


class Lock(Tree):
    def lock(self, entry, dev="1.2.3", name="axe-core"):
        package = {"devDependencies": {name: dev}}
        self.write("tests/package.json", json.dumps(package))
        self.write("tests/package-lock.json", json.dumps({"packages": {"": package, "node_modules/x": entry}}))

    def test_a_clean_lock_passes(self):
        self.lock({"integrity": "sha512-x", "dev": True})
        self.none(check_lock.check)

    def test_a_download_address_is_found(self):
        self.lock({"integrity": "sha512-x", "dev": True, "resolved": "https://example.org/x.tgz"})
        self.one(check_lock.check, "node_modules/x", "download address", "omit-lockfile-registry-resolved")

    def test_a_missing_hash_is_found(self):
        self.lock({"dev": True})
        self.one(check_lock.check, "no hash")

    def test_a_range_of_versions_is_found(self):
        self.lock({"integrity": "sha512-x", "dev": True}, dev="^1.2.3")
        self.one(check_lock.check, "pin the exact version")

    def test_an_unlisted_dependency_is_found(self):
        self.lock({"integrity": "sha512-x", "dev": True}, name="left-pad")
        self.one(check_lock.check, "left-pad", "docs/dependencies.md")


class Tests(Tree):
    def test_a_name_that_states_no_behaviour_is_found(self):
        test = "static void {}(void **state)\n{{\n}}\n"
        self.write("tests/unit/test_a.c", test.format("test_post") + test.format("a_b_c"))
        self.one(check_tests.check, "tests/unit/test_a.c:1", "test_post")
        self.write("tests/unit/test_a.c", "")
        self.write("tests/http/a.test.mjs", "import test from 'node:test';\ntest('posts', () => {});\n")
        self.one(check_tests.check, "tests/http/a.test.mjs:2", '"posts"')

    def test_tests_that_are_switched_off_are_found(self):
        self.write("tests/http/a.test.mjs", "import test from 'node:test';\ntest.skip('a b c', () => {});\n")
        self.one(check_tests.check, "skipped")

    def test_a_file_of_tests_that_nothing_would_find_is_found(self):
        self.write("tests/http/a.mjs", "import test from 'node:test';\ntest('a b c', () => {});\n")
        self.one(check_tests.check, "*.test.mjs")


class Files(Tree):
    def test_planted_faults_are_found(self):
        planted = {
            "a.md": ("no end", "no end"), "b.md": ("a\r\n", "carriage"), "c.md": ("a \n", "space at the end"),
            "d.py": ('"""x"""\nif x:\n\ty\n', "a tab"), "e.c": ("int x;\n", "begin with a comment"),
            "f.bin": (b"\0\1", "not text"),
        }
        for name, (content, part) in planted.items():
            with self.subTest(name):
                self.write(name, content)
                problems = check_files.check(self.root)
                self.assertTrue(any(name in p and part in p for p in problems), problems)
                (self.root / name).unlink()

    def test_a_source_whose_header_explains_it_passes(self):
        self.write("src/a.h", "/* a */\n")
        self.write("src/a.c", "int x;\n")
        self.none(check_files.check)


class Stripping(unittest.TestCase):
    def test_lines_keep_their_numbers(self):
        text = 'a /* 1\n2 */ b "x\\"y" \'"\' // z\nc\n'
        self.assertEqual(tree.strip_c(text).count("\n"), text.count("\n"))
        self.assertNotIn("x", tree.strip_c(text))
        self.assertIn("b", tree.strip_c(text))


if __name__ == "__main__":
    unittest.main()
