#!/usr/bin/env python3
"""Fetches the ONNX Runtime library that the embedding model runs on into .runtime/, once.

    python3 scripts/fetch_runtime.py

Downloads one pinned wheel with pip, checks its SHA-256 and unpacks the library and its licences. Running it again
checks what is there and downloads nothing. If ORT_DYLIB_PATH is set, that library is used and nothing is fetched.
Needs Python 3.8 or newer with pip. Exit code 0: the runtime is in place; 1: it is not, and one line says why.
Tanya also runs without it, by words alone.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "1.32.0"
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".runtime" / ("onnxruntime-" + VERSION)
STAMP = "stamp.json"

# (system, machine): wheel platform, SHA-256 of the wheel, library inside it, stable name beside it.
# All are wheels for CPython 3.12, whichever Python runs this script: only the library inside is used.
WHEELS = {
    ("Linux", "x86_64"): (
        "manylinux_2_28_x86_64",
        "99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8",
        "libonnxruntime.so." + VERSION,
        "libonnxruntime.so",
    ),
    ("Linux", "arm64"): (
        "manylinux_2_28_aarch64",
        "e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054",
        "libonnxruntime.so." + VERSION,
        "libonnxruntime.so",
    ),
    ("Darwin", "arm64"): (
        "macosx_14_0_arm64",
        "d52510bbbcc880c13b826f7d75cdf33ac5cf0bb864d960000fc29ce73f0cb83e",
        "libonnxruntime." + VERSION + ".dylib",
        "libonnxruntime.dylib",
    ),
}
LICENCES = ["onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt", "onnxruntime/Privacy.md"]
LEXICAL = "Tanya still answers without it, by words alone."


class Failure(Exception):
    """One line for the person who ran the script."""


def main():
    try:
        print(ensure_runtime())
        return 0
    except Failure as failure:
        print("error: {}".format(failure), file=sys.stderr)
    except OSError as failure:
        print("error: cannot write ONNX Runtime to .runtime: {}. {}".format(failure, LEXICAL), file=sys.stderr)
    return 1


def ensure_runtime():
    chosen = os.environ.get("ORT_DYLIB_PATH")
    if chosen:
        if not os.path.isfile(chosen):
            raise Failure("ORT_DYLIB_PATH is {}, and there is no such file; correct it or unset it".format(chosen))
        return "ONNX Runtime: using ORT_DYLIB_PATH={}, nothing fetched".format(chosen)
    wheel = wheel_for_this_machine()
    place = FOLDER.relative_to(ROOT)
    if is_intact(FOLDER, wheel):
        return "ONNX Runtime {} is in {}".format(VERSION, place)
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    # Beside the final folder, so that the rename at the end cannot cross file systems.
    scratch = Path(tempfile.mkdtemp(prefix="fetching-", dir=str(FOLDER.parent)))
    try:
        archive = download(wheel, scratch)
        unpacked = scratch / "unpacked"
        unpack(archive, wheel, unpacked)
        put_in_place(unpacked, wheel, scratch / "replaced")
    finally:
        shutil.rmtree(str(scratch), ignore_errors=True)
    return "ONNX Runtime {} fetched into {}".format(VERSION, place)


def wheel_for_this_machine():
    system, machine = platform.system(), platform.machine().lower()
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)
    wheel = WHEELS.get((system, machine))
    reason = None if wheel else "for {} {}".format(system, machine)
    if wheel and system == "Linux" and glibc() < (2, 28):
        reason = "for a Linux without glibc 2.28 or newer"
    if wheel and system == "Darwin" and int(platform.mac_ver()[0].split(".")[0] or 0) < 14:
        reason = "for macOS before 14"
    if reason:
        raise Failure(
            "there is no pinned ONNX Runtime {}; set ORT_DYLIB_PATH to an ONNX Runtime library, 1.24 or newer. {}".format(
                reason, LEXICAL
            )
        )
    return wheel


def glibc():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        return tuple(int(part) for part in version.split(".")[:2])
    except (AttributeError, OSError, ValueError):
        return (0, 0)


def is_intact(folder, wheel):
    """Whether the library in `folder` is the one that was unpacked from the wheel we want."""
    _, wheel_hash, library, stable = wheel
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return (
            stamp["wheel_sha256"] == wheel_hash
            and stamp["size"] == (folder / stable).stat().st_size
            and stamp["sha256"] == sha256(folder / library) == sha256(folder / stable)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def download(wheel, scratch):
    tag, expected, _, _ = wheel
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run(pip + ["--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        raise Failure(
            "{} has no pip; install it (Debian, Ubuntu: apt install python3-pip; elsewhere: python3 -m ensurepip). {}".format(
                sys.executable, LEXICAL
            )
        )
    print("fetching ONNX Runtime {} (about 25 MB) ...".format(VERSION), file=sys.stderr, flush=True)
    command = pip + ["download", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    command += ["--timeout", "30", "--no-deps", "--only-binary=:all:", "--implementation", "cp"]
    command += ["--python-version", "3.12", "--abi", "cp312", "--platform", tag]
    command += ["--dest", str(scratch), "onnxruntime==" + VERSION]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, errors="replace"
    )
    archives = sorted(scratch.glob("*.whl"))
    if result.returncode != 0 or len(archives) != 1:
        said = [line.strip() for line in result.stdout.splitlines() if line.strip()]
        # With no network, pip ends in "no matching distribution"; the lines before it tell why.
        network = any("connection" in line.lower() or "timed out" in line.lower() for line in said)
        reason = "no network" if network else (said[-1] if said else "pip said nothing")
        raise Failure(
            "downloading ONNX Runtime failed ({}); run this again, or set ORT_DYLIB_PATH. {}".format(reason, LEXICAL)
        )
    found = sha256(archives[0])
    if found != expected:
        raise Failure(
            "{} has SHA-256 {}, expected {}; nothing was installed. {}".format(archives[0].name, found, expected, LEXICAL)
        )
    return archives[0]


def unpack(archive, wheel, folder):
    _, wheel_hash, library, stable = wheel
    folder.mkdir()
    with zipfile.ZipFile(str(archive)) as files:
        for name in files.namelist():
            if name.startswith("onnxruntime/capi/libonnxruntime") or name in LICENCES:
                with files.open(name) as source, open(str(folder / Path(name).name), "wb") as target:
                    shutil.copyfileobj(source, target)
    if not (folder / library).is_file():
        raise Failure("{} holds no {}. {}".format(archive.name, library, LEXICAL))
    try:
        os.symlink(library, str(folder / stable))
    except OSError:  # a file system without links
        shutil.copyfile(str(folder / library), str(folder / stable))
    stamp = {
        "library": library,
        "size": (folder / library).stat().st_size,
        "sha256": sha256(folder / library),
        "wheel_sha256": wheel_hash,
    }
    (folder / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")


def put_in_place(unpacked, wheel, replaced):
    """Renames the finished folder to its name; a damaged one that stands there moves out of the way first."""
    if is_intact(FOLDER, wheel):
        return  # another run was faster
    try:
        if FOLDER.exists():
            os.rename(str(FOLDER), str(replaced))
        os.rename(str(unpacked), str(FOLDER))
    except OSError:
        # Another run came in between; what counts is what stands there.
        if not is_intact(FOLDER, wheel):
            raise


def sha256(path):
    digest = hashlib.sha256()
    with open(str(path), "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
