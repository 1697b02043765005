#!/usr/bin/env python3
"""The tests in a browser: fetches the two packages that they need, builds the program, runs the files.

    python3 scripts/ui_tests.py [NAME ...]     such as `story`; all of them if none is named

Needs Node.js 20 or newer with npm, and Chromium. Exit code 0: passed or skipped with a line; 1: something failed. With
TANYA_REQUIRE_BROWSER set, skipping counts as failing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "ui"


def run(names=()):
    """Whether they passed; `None` and the reason if they cannot be run here."""
    missing = missing_here() or fetch()
    if missing:
        if os.environ.get("TANYA_REQUIRE_BROWSER"):
            print(missing)
            return False, missing
        return None, missing
    if subprocess.run([os.environ.get("CARGO", "cargo"), "build", "--quiet"], cwd=str(ROOT)).returncode != 0:
        return False, None
    tests = [str(FOLDER / "{}.test.mjs".format(name)) for name in names] or [str(test) for test in sorted(FOLDER.glob("*.test.mjs"))]
    # One file after the other: each has servers and a browser of its own.
    command = ["node", "--test", "--test-concurrency=1", "--test-reporter=spec"] + tests
    return subprocess.run(command, cwd=str(ROOT)).returncode == 0, None


def fetch():
    """Brings what package-lock.json names, once; returns why not, if so."""
    lock, mark = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".lock-sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == digest:
        return None
    # Nothing is built or downloaded besides the packages themselves.
    fetched = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=str(FOLDER))
    if fetched.returncode != 0:
        return "npm could not fetch what tests/ui/package.json names (see above)"
    mark.write_text(digest)
    return None


def missing_here():
    """What keeps the tests from running, and what to do about it."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return "{} is missing; install Node.js 20 or newer with npm".format(program)
    version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        return "node is {}; install 20 or newer".format(version)
    named = os.environ.get("TANYA_BROWSER")
    known = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    if not any(shutil.which(name) for name in known):
        return "there is no Chromium; install Debian's package chromium, or name one in TANYA_BROWSER"
    return None


if __name__ == "__main__":
    FINE, WHY = run(sys.argv[1:])
    if FINE is None:
        print("skipped: {}".format(WHY))
    sys.exit(1 if FINE is False else 0)
