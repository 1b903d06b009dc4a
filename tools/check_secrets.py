#!/usr/bin/env python3
"""Secrets and traces of one machine: neither keys nor anybody's paths belong into the tree."""

import re
import tree

SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an AWS key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b"),
    "a Slack token": re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    "a Discord webhook": re.compile(r"discord(?:app)?\.com/api/webhooks/\d{10,}/[\w-]{20,}"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"),
    "a DigitalOcean token": re.compile(r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    "an npm token": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
    "a stored password": re.compile(r"(?i)\b\w*(?:password|passwd|secret|token)\w*\s*=\s*[A-Za-z0-9+/_-]{24,}={0,2}\s*$", re.M),
}
URL_PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>{}$]+:([^\s/@\"'<>{}$]+)@")
HARMLESS_PASSWORDS = {"password", "secret", "PASSWORD", "pass", "…", "***", "xxx"}
MACHINE = re.compile(r"(?<![\w.~/-])/(?:root|home/(?!kinglet\b)[a-z]\w*|work|Users/\w+)(?=[/\s\"'`),;]|$)", re.M)

# Files that hold nothing but a secret, whatever is in them.
KEY_FILE = re.compile(r"(^|/)(\.env|\.netrc|\.pgpass|\.npmrc|id_(rsa|dsa|ecdsa|ed25519)|[^/]+\.(p12|pfx|jks|keystore|kdbx))$")

# They hold what they look for.
SELF = ("tools/check_secrets.py", "tests/tools/")


def check_text(path, text):
    def where(match):
        return f"{path}:{text.count(chr(10), 0, match.start()) + 1}"

    for what, pattern in SECRETS.items():
        for match in pattern.finditer(text):
            yield (f"{where(match)}: looks like {what}. Take it out, revoke it where it was real, and read it "
                   f"from the environment")
    for match in URL_PASSWORD.finditer(text):
        if match.group(1) not in HARMLESS_PASSWORDS:
            yield f"{where(match)}: an address with a password in it. Write PASSWORD, and read the real one elsewhere"
    for match in MACHINE.finditer(text):
        yield f"{where(match)}: {match.group(0)} is a path of one machine. Make it relative to the tree"


def check(root):
    problems = []
    for path in tree.files(root):
        if KEY_FILE.search(path):
            problems.append(f"{path}: such files hold secrets. Keep it outside the tree and take it out of git")
        text = None if path.startswith(SELF) else tree.read(root, path)
        if text is not None:
            problems += check_text(path, text)
    return problems


if __name__ == "__main__":
    tree.main(check)
