#!/usr/bin/python3
"""Tests of writer: what becomes of a line, without a database."""

import importlib.machinery
import importlib.util
import json
import os
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "writer")
loader = importlib.machinery.SourceFileLoader("writer", PATH)
writer = importlib.util.module_from_spec(importlib.util.spec_from_loader("writer", loader))
loader.exec_module(writer)


def row(line, **envelope):
    text = line if isinstance(line, str) else json.dumps(line)
    return writer.row_of(json.dumps({"host": "h", "source": "kinglet", "offset": 7, **envelope, "line": text}).encode())


class Identity(unittest.TestCase):
    def test_the_same_line_at_the_same_place_is_the_same_whenever_it_comes_and_whatever_its_file_is_called(self):
        first = row("a", at="2026-01-01T00:00:00Z", file="x")
        self.assertEqual(first["id"], row("a", at="2026-01-02T00:00:00Z", file="x.1")["id"])

    def test_another_place_host_source_or_text_is_another_line(self):
        others = (row("a"), row("b"), row("a", offset=8), row("a", host="i"), row("a", source="haproxy"))
        self.assertEqual(len({one["id"] for one in others}), 5)

    def test_an_id_that_was_given_counts_instead(self):
        self.assertEqual(row("a", id="1", offset=1)["id"], row("a", id="1", offset=2)["id"])
        self.assertNotEqual(row("a", id="1")["id"], row("a", id="2")["id"])
        self.assertNotEqual(row("a", id="1")["id"], row("a", id="1", host="i")["id"])


class Fields(unittest.TestCase):
    def test_times_are_taken_only_where_they_are_times(self):
        self.assertEqual(row({"@timestamp": "2026-01-31T12:00:00.123Z"})["at"], "2026-01-31T12:00:00.123000+00:00")
        self.assertEqual(row({"@timestamp": "2026-01-31T12:00:00+02:00"})["at"], "2026-01-31T10:00:00+00:00")
        for bad in ("2026-02-31T12:00:00Z", "yesterday", "infinity", "", 7, None, {"a": 1},
                    "0001-01-01T00:00:00+23:59"):
            self.assertIsNone(row({"@timestamp": bad})["at"], bad)

    def test_numbers_are_taken_only_within_their_bounds(self):
        self.assertEqual(row({"http.response.status_code": 404})["status"], 404)
        for bad in (70000, "404", True, None, [], 1e300, -5):
            self.assertIsNone(row({"http.response.status_code": bad})["status"], bad)
        self.assertIsNone(row('{"event.duration": 1e999}')["duration_ns"])
        self.assertIsNone(row({"event.duration": 1 << 70})["duration_ns"])

    def test_what_jsonb_refuses_is_made_harmless(self):
        for text in ('{"a": "\\u0000"}', '{"\\u0000": 1}', '{"a": "\\ud800"}', '{"a": NaN}', '{"a": -Infinity}',
                     '{"a": 1e999}', '{"a":' * 500 + "1" + "}" * 500, '{"a":' * 100000, '{"a": ' + "9" * 5000 + "}",
                     '{"a": [["\\u0000"]]}'):
            line = json.dumps(row(text))
            for bad in ("\\u0000", "\\ud800", "NaN,", "Infinity}"):
                self.assertNotIn(bad, line, text[:40])

    def test_an_envelope_that_cannot_be_read_is_kept_as_words(self):
        for raw in (b"", b"words", b"\xff\xfe\x00", b"[1]", b'{"host": "h", "line": "cut o'):
            got = writer.row_of(raw)
            self.assertEqual((got["host"], got["source"]), ("unknown", "unknown"))
            self.assertEqual(got["message"], raw.decode("utf-8", "replace").replace("\0", "\ufffd"))


class HAProxy(unittest.TestCase):
    LINE = " 192.0.2.9 public web_read/<NOSRV> -1/-1/-1/-1/5 503 195 SC-- 2 GET /public"

    def test_the_format_of_the_proxy_is_taken_apart(self):
        got = row(self.LINE, source="haproxy", id="x", at="2026-01-31T12:00:00Z")
        self.assertEqual((got["client"], got["method"], got["status"], got["path"], got["level"]),
                         ("192.0.2.9", "GET", 503, "/public", "error"))
        self.assertEqual((got["duration_ns"], got["request_id"]), (5000000, None))
        self.assertEqual(got["line"]["haproxy.time_queue_ms"], -1)
        self.assertEqual(got["at"], "2026-01-31T12:00:00+00:00")

    def test_a_request_id_behind_it_is_the_lines(self):
        self.assertEqual(row(self.LINE + " 0a-1b", source="haproxy")["request_id"], "0a-1b")
        self.assertIsNone(row(self.LINE + " -", source="haproxy")["request_id"])

    def test_anything_else_is_words(self):
        for text in ("Proxy public started.", self.LINE + ' "x" y', "", "\x1b[2J"):
            got = row(text, source="haproxy")
            self.assertEqual((got["message"], got["status"]), (text.strip(), None))


class PostgreSQL(unittest.TestCase):
    def test_severities_become_levels(self):
        for severity, level in (("LOG", "info"), ("WARNING", "warn"), ("ERROR", "error"), ("FATAL", "error"),
                                ("PANIC", "error"), ("DEBUG2", "debug")):
            self.assertEqual(row({"error_severity": severity, "message": "m"}, source="postgresql")["level"], level)

    def test_its_time_is_taken(self):
        got = row({"timestamp": "2026-01-31 12:00:00.123 UTC", "message": "m"}, source="postgresql")
        self.assertEqual(got["at"], "2026-01-31T12:00:00.123000+00:00")


class Batches(unittest.TestCase):
    class Broken:
        def __init__(self, error):
            self.error, self.closed = error, False

        def take_all(self, rows):
            if self.error:
                raise self.error

        def close(self):
            self.closed = True

    def test_only_what_is_committed_is_answered_ok(self):
        self.assertEqual(writer.commit(self.Broken(None), [1]), "OK")

    def test_a_broken_connection_is_answered_with_an_error_and_given_up(self):
        broken = self.Broken(writer.psycopg2.OperationalError("server closed\nthe connection"))
        self.assertEqual(writer.commit(broken, [1]), "Error: server closed the connection")
        self.assertTrue(broken.closed)

    def test_a_line_that_the_database_refuses_holds_no_other_up(self):
        store, taken = writer.Store(""), []

        def take(rows):
            if any(one["line"].get("message") == "bad" for one in rows):
                raise writer.psycopg2.DataError("bad")
            taken.extend(rows)

        store.take = take
        writer.say = lambda text: None
        store.take_all([row({"message": text}, offset=n) for n, text in enumerate(("good", "bad", "fine"))])
        self.assertEqual([one.get("message") for one in taken], ["good", "refused", "fine"])


if __name__ == "__main__":
    unittest.main()
