#!/usr/bin/env python3
"""A PostgreSQL server for tests: in a temporary folder, on a free port of the loopback, gone at the end.

    python3 scripts/postgres.py [--listen ADDRESS] [--durable] COMMAND…

runs COMMAND with TANYA_TEST_POSTGRES set to the server's address. --listen names another address than the loopback's (its
networks may connect), --durable keeps commits as a real server does, for measuring.

Needs PostgreSQL's server programs (Debian: postgresql). It writes nothing outside its folder and leaves other servers alone.
"""

import argparse
import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def programs():
    """The folder of initdb and postgres, or None. The newest version wins."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version, reverse=True)
    found = shutil.which("initdb")
    if found:
        folders.append(os.path.dirname(os.path.realpath(found)))
    for folder in folders + ["/opt/homebrew/bin", "/usr/local/bin"]:
        if all(os.access(os.path.join(folder, name), os.X_OK) for name in ("initdb", "postgres")):
            return folder
    return None


def version(folder):
    digits = folder.split("/")[4]
    return int(digits) if digits.isdigit() else 0


def user():
    """PostgreSQL refuses to run as root: then this user runs it. None for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


# Tests do not cut the power.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextlib.contextmanager
def server(listen="127.0.0.1", durable=False):
    """Yields the address of a server that ends with the block."""
    folder = programs()
    if folder is None:
        raise RuntimeError("PostgreSQL's programs were not found (Debian: apt-get install postgresql)")
    owner = user()
    # A short path: the name of its socket may have 107 bytes.
    work = tempfile.mkdtemp(prefix="tanya-pg-", dir="/tmp" if os.path.isdir("/tmp") else None)
    process = None

    def become():
        if owner is not None:
            os.setgroups([])
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)

    try:
        if owner is not None:
            os.chown(work, owner.pw_uid, owner.pw_gid)
        data = os.path.join(work, "data")
        subprocess.run(
            [os.path.join(folder, "initdb"), "-D", data, "-U", "tanya", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, preexec_fn=become, cwd=work,
        )
        with open(os.path.join(data, "pg_hba.conf"), "a") as rules:
            rules.write("host all all samenet trust\n")
        with socket.socket() as free:
            free.bind((listen, 0))
            port = free.getsockname()[1]
        settings = {
            "port": port, "listen_addresses": listen, "unix_socket_directories": work, "max_connections": 300,
            **({} if durable else CARELESS),
        }
        flags = [word for key, value in settings.items() for word in ("-c", "{}={}".format(key, value))]
        with open(os.path.join(work, "log"), "wb") as log:
            process = subprocess.Popen(
                [os.path.join(folder, "postgres"), "-D", data] + flags, stdout=log, stderr=log, preexec_fn=become, cwd=work
            )
        wait_for(listen, port, process, os.path.join(work, "log"))
        yield "postgres://tanya@{}:{}/postgres".format(listen, port)
    finally:
        if process is not None:
            # SIGINT: clients are disconnected and the server ends in order.
            process.send_signal(2)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(work, ignore_errors=True)


def wait_for(listen, port, process, log):
    for _ in range(300):
        if process.poll() is not None:
            with open(log, errors="replace") as text:
                raise RuntimeError("PostgreSQL ended at once: " + text.read()[-600:])
        with socket.socket() as probe:
            if probe.connect_ex((listen, port)) == 0:
                # It listens a moment before it accepts.
                time.sleep(0.3)
                return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start within 30 seconds")


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS")
    flags.add_argument("--durable", action="store_true")
    flags.add_argument("command", nargs=argparse.REMAINDER)
    given = flags.parse_args()
    if not given.command:
        flags.print_help()
        return 2
    try:
        with server(given.listen, given.durable) as address:
            return subprocess.run(given.command, env=dict(os.environ, TANYA_TEST_POSTGRES=address)).returncode
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
