#!/usr/bin/env python3
"""What `make test` does: runs every test that this machine can run, and says which it skipped and why.

    python3 scripts/run_tests.py

Needs cargo and Python 3.8 or newer. Exit code 0: all passed; 1: something failed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import postgres
import ui_tests

ROOT = Path(__file__).resolve().parent.parent


class Report:
    """What passed, failed and was skipped."""

    def __init__(self):
        self.passed, self.failed, self.skipped = [], [], []

    def step(self, name, run):
        print("== {}".format(name), flush=True)
        started = time.monotonic()
        fine = run(self)
        if fine is not None:
            (self.passed if fine else self.failed).append(name)
        print("   {:.0f} s\n".format(time.monotonic() - started), flush=True)

    def skip(self, what, why):
        # Several tests may miss the same thing.
        if (what, why) not in self.skipped:
            self.skipped.append((what, why))

    def print(self):
        for what, why in self.skipped:
            print("skipped  {}: {}".format(what, why))
        for name in self.passed:
            print("passed   {}".format(name))
        for name in self.failed:
            print("FAILED   {}".format(name))


def runtime(report):
    """Fetches ONNX Runtime; without it the tests of vectors are left out, the rest runs."""
    fetched = subprocess.run([sys.executable, str(ROOT / "scripts" / "fetch_runtime.py")])
    if fetched.returncode != 0:
        report.skip("tests of vectors", "ONNX Runtime could not be fetched (see above)")


def model(_):
    """The model's files are those that its sums were taken of."""
    fine = True
    for sums in sorted(ROOT.glob("models/*/SHA256SUMS")):
        for line in sums.read_text(encoding="utf-8").splitlines():
            expected, name = line.split(maxsplit=1)
            path = sums.parent / name.lstrip("*")
            found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
            if found != expected:
                print("{}: expected {}, found {}".format(path.relative_to(ROOT), expected, found))
                fine = False
    print("the files are as they were written down" if fine else "the model's files are not the right ones")
    return fine


def topics(report):
    """Each topic's examples and counter-examples go where they should."""
    names = [sys.executable] + ["python3.{}".format(minor) for minor in (14, 13, 12, 11)]
    python = next((name for name in names if is_new_enough(name)), None)
    if python is None:
        report.skip("examples of the topics", "scripts/check_topics.py needs Python 3.11 or newer (Rust tests cover the rules)")
        return None
    done = subprocess.run(
        [python, str(ROOT / "scripts" / "check_topics.py")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    # The tables below the first empty line are for those who write rules.
    print(done.stdout if done.returncode else done.stdout.split("\n\n")[0].strip())
    return done.returncode == 0


def is_new_enough(python):
    if shutil.which(python) is None:
        return False
    return subprocess.run([python, "-c", "import tomllib"], stderr=subprocess.DEVNULL).returncode == 0


def rust(report):
    """All Rust tests. Their outputs are shown if they fail; what passing ones say they skipped goes into the report."""
    command = [os.environ.get("CARGO", "cargo"), "test", "--no-fail-fast", "--", "--show-output"]
    process = subprocess.Popen(
        command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, errors="replace"
    )
    hidden, test = False, ""
    for line in process.stdout:
        text = line.rstrip("\n")
        if text == "successes:":
            hidden = True
        elif hidden and (text == "failures:" or text.startswith("test result:")):
            hidden = False
        heading = re.match(r"---- (.+) stdout ----", text)
        test = heading.group(1) if heading else test
        skipped = re.search(r"skipped: (.+)", text)
        if skipped:
            report.skip(test if hidden else "cargo test", skipped.group(1))
        if hidden:
            continue
        ignored = re.match(r"test (.+) \.\.\. ignored(?:, (.*))?$", text)
        if ignored:
            report.skip(ignored.group(1), ignored.group(2) or "marked #[ignore]")
        print(text, flush=True)
    return process.wait() == 0


def all_rust(report):
    """The Rust tests, beside a PostgreSQL server where there is one."""
    if os.environ.get("TANYA_TEST_POSTGRES"):
        return rust(report)
    try:
        with postgres.server() as address:
            os.environ["TANYA_TEST_POSTGRES"] = address
            return rust(report)
    except RuntimeError as error:
        if os.environ.get("TANYA_REQUIRE_POSTGRES"):
            print(error)
            return False
        report.skip("tests on PostgreSQL", str(error))
        return rust(report)


def browser(report):
    """The pages in a real browser, driven by Node."""
    fine, missing = ui_tests.run()
    if fine is None:
        report.skip("tests in a browser", missing)
    return fine


def main():
    report = Report()
    folder = Path(os.environ.get("TANYA_EVAL_DIR") or ROOT.parent / "shared" / "eval")
    if not folder.is_dir():
        report.skip("tests on large labelled sets", "they are not at {} (set TANYA_EVAL_DIR)".format(os.path.relpath(str(folder), str(ROOT))))
    report.step("ONNX Runtime", runtime)
    report.step("model files", model)
    report.step("topic examples", topics)
    report.step("cargo test", all_rust)
    report.step("browser", browser)
    report.print()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
