#!/usr/bin/env python3
"""Writes what Tanya really replies under the `$ tanya ask "…"` lines of README.md.

    python3 scripts/readme_answers.py target/debug/tanya

Run it after weights, rules or demo articles have changed.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASK = re.compile(r'^\$ tanya ask "(.+)"$')


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: readme_answers.py PROGRAM")
    program = str(Path(sys.argv[1]).resolve())
    readme = ROOT / "README.md"
    lines, block = [], False
    with tempfile.TemporaryDirectory() as data:
        for line in readme.read_text(encoding="utf-8").splitlines():
            if line.startswith("```"):
                block = line == "```console"
            question = ASK.match(line) if block else None
            if question:
                if lines[-1] != "```console":
                    lines.append("")
                lines += [line, *reply(program, data, question.group(1))]
            elif not block or line.startswith("```"):
                lines.append(line)
    readme.write_text("\n".join(lines) + "\n", encoding="utf-8")


def reply(program, data, question):
    command = [program, "--kb", "kb", "--data", data, "ask", question]
    done = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, check=True, encoding="utf-8")
    return done.stdout.rstrip().splitlines()


if __name__ == "__main__":
    main()
