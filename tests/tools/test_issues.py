"""The forms of issues and their labels: as GitHub takes them, and each label that a form sets is one of the file."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import labels  # noqa: E402

FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
# https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
ATTRIBUTES = {  # type: (required, optional)
    "markdown": ({"value"}, set()),
    "textarea": ({"label"}, {"description", "placeholder", "value", "render"}),
    "input": ({"label"}, {"description", "placeholder", "value"}),
    "dropdown": ({"label", "options"}, {"description", "multiple", "default"}),
    "checkboxes": ({"label", "options"}, {"description"}),
}


class Forms(unittest.TestCase):
    def test_each_form_is_one_that_github_takes(self):
        self.assertGreaterEqual(len(FORMS), 3)
        for path in FORMS:
            form = yaml.safe_load(path.read_text(encoding="utf-8"))
            with self.subTest(path.name):
                self.assertLessEqual(set(form), {"name", "description", "title", "labels", "assignees", "body"})
                self.assertTrue(form["name"] and form["description"])
                asked = [part for part in form["body"] if part["type"] != "markdown"]
                self.assertTrue(asked, "a form must ask something")
                ids = [part["id"] for part in asked]
                self.assertEqual(len(ids), len(set(ids)))
                names = [part["attributes"]["label"] for part in asked]
                self.assertEqual(len(names), len(set(names)))
                for part in form["body"]:
                    self.check_part(part)

    def check_part(self, part):
        required, optional = ATTRIBUTES[part["type"]]
        self.assertLessEqual(required, set(part["attributes"]), part)
        self.assertLessEqual(set(part["attributes"]), required | optional, part)
        is_plain = part["type"] in ("markdown", "checkboxes")
        self.assertLessEqual(set(part), {"type", "attributes", "id"} | (set() if is_plain else {"validations"}), part)
        self.assertRegex(part.get("id", "x"), r"^[A-Za-z0-9_-]+$")
        options = [option["label"] if isinstance(option, dict) else option
                   for option in part["attributes"].get("options", [])]
        self.assertEqual(len(options), len(set(options)))
        self.assertTrue(all(isinstance(option, str) and option.lower() != "none" for option in options), options)

    def test_the_labels_of_forms_are_labels_of_the_file(self):
        names = {label["name"] for label in labels.wanted()}
        for path in FORMS:
            with self.subTest(path.name):
                self.assertLessEqual(set(yaml.safe_load(path.read_text(encoding="utf-8"))["labels"]), names)

    def test_labels_are_within_githubs_limits_and_told_apart(self):
        names = [label["name"].lower() for label in labels.wanted()]
        self.assertEqual(len(names), len(set(names)))
        for label in labels.wanted():
            self.assertEqual(set(label), {"name", "color", "description"})
            self.assertRegex(label["color"], r"^[0-9a-f]{6}$")
            self.assertLessEqual(len(label["name"]), 50)
            self.assertLessEqual(len(label["description"]), 100)


class Api(http.server.BaseHTTPRequestHandler):
    """Stands for the part of GitHub's API that has labels."""

    present = []
    asked = []

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self):
        self.asked.append(f"{self.command} {self.path.split('?')[0]}")
        size = int(self.headers.get("Content-Length") or 0)
        data = json.loads(self.rfile.read(size)) if size else {}
        if self.headers["Authorization"] != "Bearer right-token":
            return self.answer(401, {"message": "Bad credentials"})
        if self.command == "GET":
            page = int(re.search(r"page=(\d+)$", self.path).group(1))
            return self.answer(200, self.present[(page - 1) * 100:page * 100])
        if self.command == "POST":
            self.present.append(data)
            return self.answer(201, data)
        name = self.path.rsplit("/", 1)[1].replace("%3A", ":").replace("%20", " ")
        label = next(one for one in self.present if one["name"] == name)
        label.update(name=data["new_name"], color=data["color"], description=data["description"])
        return self.answer(200, label)

    do_GET = do_POST = do_PATCH = handle_one

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Applying(unittest.TestCase):
    def setUp(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Api.present, Api.asked = [], []

    def run_script(self, *words, token="right-token"):
        env = {"PATH": os.environ["PATH"], "GITHUB_TOKEN": token, "GITHUB_API_URL": self.url}
        return subprocess.run([sys.executable, ROOT / "tools/labels.py", *words], env=env, capture_output=True,
                              text=True, check=False)

    def test_labels_are_made_and_mended_once_and_others_left(self):
        Api.present = [{"name": f"other {i}", "color": "000000", "description": None} for i in range(100)]
        Api.present.append({"name": "Type: bug", "color": "000000", "description": "old"})
        self.assertIn("would mend: type: bug", self.run_script("kinglet/kinglet").stdout)
        self.assertTrue(all(call.startswith("GET") for call in Api.asked))
        done = self.run_script("--apply", "kinglet/kinglet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(label["name"] for label in Api.present[100:]),
                         sorted(label["name"] for label in labels.wanted()))
        self.assertIn("left alone, not in the file: other 7", done.stdout)
        self.assertIn("as they should be", self.run_script("--apply", "kinglet/kinglet").stdout)

    def test_a_refusal_is_said_without_the_token(self):
        done = self.run_script("kinglet/kinglet", token="wrong-secret-token")
        self.assertEqual(done.returncode, 1)
        self.assertIn("GitHub answers 401", done.stderr)
        self.assertNotIn("wrong-secret-token", done.stderr)


if __name__ == "__main__":
    unittest.main()
