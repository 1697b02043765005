#!/usr/bin/env python3
"""Tries the whole API with made-up requests and compares what comes back with /openapi.json, by schemathesis.

    python3 scripts/check_api.py [PROGRAM]

PROGRAM is `target/debug/tanya` if it is not named. Event streams are left out: they do not end. Installs schemathesis into
.runtime/python if it is not there. Exit code 0: nothing was found; 1: something was, or it could not be run.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".runtime" / "python"
SCHEMATHESIS = "schemathesis==4.32.5"
# Requests made up for each operation in each phase.
EXAMPLES = 100
# The seed is fixed: what fails here fails everywhere.
SEED = 20261124
TOKEN = "a-token-for-the-api-check"
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection",
]

ARTICLES = {
    "track.md": "# Track a parcel\n\nOpen **Orders** and choose *Track*.\n\n## By mail\n\nThe mail comes when the parcel leaves us.\n",
    "grind.md": "# Choose a grind\n\nEspresso wants a fine grind, a French press a coarse one.\n",
    "id/lacak.md": "# Lacak pesanan\n\nBuka Pesanan lalu pilih Lacak.\n",
}

SETTINGS = """\
kb = "kb"
data = "data"
[model]
enabled = false
[server]
requests_per_minute = 0
tickets_per_hour = 0
[desk]
burst_ms = 1
tokens = [{{ name = "anna", token = "{}" }}]
"""

# Customers' routes take the secret of one conversation, the desk's a token, some of them the cookie of a person. Most ids are
# real, so that handlers behind them are reached; the others are made up (see HOOKS).
RUN = """\
seed = {seed}
[generation]
max-examples = {examples}

# An `If-Match` that names nothing is a failed precondition, 412, whatever the body.
[checks.negative_data_rejection]
expected-statuses = ["4xx"]

[[operations]]
include-path-regex = "^/api/v1/(tickets|people|tokens|duties|audit|session)|/take-over$"
headers = {{ Authorization = "Bearer {token}" }}

[[operations]]
include-path-regex = "^/api/v1/conversations/[^/]+(/(turns|person|word|details|rating|presence|transcript))?$"
headers = {{ Authorization = "Bearer {secret}" }}
"""

HOOKS = """\
import random
import schemathesis

REAL = {real!r}
chance = random.Random({seed})


@schemathesis.hook
def before_call(context, case, kwargs):
    if chance.random() < 0.3:
        return
    for route, parameter, values in REAL:
        if case.path.startswith(route) and parameter in (case.path_parameters or {{}}):
            case.path_parameters[parameter] = chance.choice(values)
            return
"""


class Server:
    """A server on a free port of the loopback with a few articles, ends with the block."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        for name, text in ARTICLES.items():
            path = place / "kb" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (place / "tanya.toml").write_text(SETTINGS.format(TOKEN), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TANYA_")}
        self.log = open(str(place / "log"), "w+")
        self.process = subprocess.Popen(
            [self.program, "--config", str(place / "tanya.toml"), "serve", "--listen", "127.0.0.1:0"],
            cwd=str(ROOT), env=environment, stdout=subprocess.PIPE, stderr=self.log, universal_newlines=True,
        )
        for line in self.process.stdout:
            found = re.search(r" on (http://\S+)", line)
            if found:
                self.address = found.group(1)
                return self
        raise RuntimeError("the server did not start:\n" + self.said())

    def said(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def post(self, path, body, secret=TOKEN):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + secret}
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data=data, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def conversation(self):
        begun = self.post("/api/v1/conversations", {"lang": "en"})
        self.post("/api/v1/conversations/{}/turns".format(begun["id"]), {"text": "How coarse is the grind?"}, begun["secret"])
        return begun["id"], begun["secret"]


def install():
    """The path of schemathesis' program."""
    program = PYTHON / "bin" / "schemathesis"
    pip = [str(PYTHON / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    wanted = SCHEMATHESIS.split("==")[1]
    if program.exists():
        shown = subprocess.run(pip + ["show", "schemathesis"], stdout=subprocess.PIPE, universal_newlines=True)
        if "Version: " + wanted in shown.stdout:
            return program
    if not (PYTHON / "bin" / "python").exists():
        venv.create(str(PYTHON), with_pip=True)
    subprocess.run(pip + ["install", "--quiet", SCHEMATHESIS], check=True)
    return program


def real_things(server, conversation):
    """Route, parameter and its values, for what is there; the first route that fits counts."""
    others = [server.conversation()[0] for _ in range(8)]
    tickets = [server.post("/api/v1/tickets", {"question": "My grinder {} rattles.".format(n)}) for n in range(12)]
    new = [{"email": "p{}@example.com".format(n), "name": "Person {}".format(n), "role": "agent"} for n in range(4)]
    people = [server.post("/api/v1/people", person)["person"]["id"] for person in new]
    tokens = [server.post("/api/v1/tokens", {"name": "t{}".format(n), "scopes": ["tickets:read"]})["token"]["id"] for n in range(6)]
    span = {"starts_at": "2027-01-01T09:00:00Z", "ends_at": "2027-01-01T17:00:00Z"}
    duties = [server.post("/api/v1/duties", dict(span, person=people[0], on_call=False))["id"] for _ in range(6)]
    return [
        ("/api/v1/conversations/{id}/take-over", "id", others),
        ("/api/v1/conversations/", "id", [conversation]),
        ("/api/v1/tickets/", "reference", [ticket["reference"] for ticket in tickets]),
        ("/api/v1/people/", "id", people),
        ("/api/v1/tokens/", "id", tokens),
        ("/api/v1/duties/", "id", duties),
    ]


def check(server, program):
    conversation, secret = server.conversation()
    real = real_things(server, conversation)
    with tempfile.TemporaryDirectory() as folder:
        settings, hooks = Path(folder) / "schemathesis.toml", Path(folder) / "tanya_hooks.py"
        settings.write_text(RUN.format(seed=SEED, examples=EXAMPLES, token=TOKEN, secret=secret), encoding="utf-8")
        hooks.write_text(HOOKS.format(seed=SEED, real=real), encoding="utf-8")
        environment = dict(os.environ, SCHEMATHESIS_HOOKS="tanya_hooks", PYTHONPATH=folder, NO_COLOR="1")
        command = [
            str(program), "--config-file", str(settings), "run", server.address + "/openapi.json",
            "--checks", ",".join(CHECKS), "--exclude-path-regex", "/stream$", "--workers", "2",
            "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--request-timeout", "20", "--warnings", "off",
        ]
        return subprocess.run(command, cwd=folder, env=environment).returncode


def main():
    tanya = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target" / "debug" / "tanya")
    try:
        program = install()
        with Server(tanya) as server:
            found = check(server, program)
            log = server.said()
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    if "panicked" in log or "request failed" in log:
        lines = [line for line in log.splitlines() if "panicked" in line or "request failed" in line]
        print("the server's log has faults of ours:\n" + "\n".join(lines[:20]), file=sys.stderr)
        return 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
