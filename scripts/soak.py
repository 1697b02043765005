#!/usr/bin/env python3
"""What `make soak` does beside the index: kills servers on both engines, then tells the whole story in a browser twenty
times in a row.

    python3 scripts/soak.py [ROUNDS]
"""

import os
import subprocess
import sys
from pathlib import Path

import postgres
import ui_tests

ROOT = Path(__file__).resolve().parent.parent


def soak(environment):
    # One test after the other: each has the machine for itself.
    command = [os.environ.get("CARGO", "cargo"), "test", "--test", "soak", "--", "--nocapture", "--test-threads=1"]
    return subprocess.run(command, cwd=str(ROOT), env=environment).returncode


def kills():
    rounds = sys.argv[1] if len(sys.argv) > 1 else "200"
    environment = dict(os.environ, SOAK_ROUNDS=rounds)
    if environment.get("TANYA_TEST_POSTGRES"):
        return soak(environment)
    try:
        with postgres.server() as address:
            return soak(dict(environment, TANYA_TEST_POSTGRES=address))
    except RuntimeError as error:
        print("without PostgreSQL: {}".format(error))
        return soak(environment)


def main():
    failed = kills()
    os.environ.setdefault("STORY_ROUNDS", "20")
    fine, missing = ui_tests.run(["story"])
    if fine is None:
        print("without a browser: {}".format(missing))
    return 1 if failed or fine is False else 0


if __name__ == "__main__":
    sys.exit(main())
