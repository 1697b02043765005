#!/bin/sh
# Says in one line each what is missing on this machine. Exit code 1 if anything is.
#
#     sh scripts/needs.sh rust python
#
# rust: cargo of the version that Cargo.toml names, and a C and C++ compiler (SQLite and the tokenizer are compiled).
# python: Python 3.8 or newer with pip, which fetches ONNX Runtime.

missing=0
lacks() {
    echo "missing: $1" >&2
    missing=1
}
root=$(dirname "$0")/..

for need in "$@"; do
    case $need in
    rust)
        wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
        if ! command -v cargo >/dev/null 2>&1; then
            lacks "cargo $wanted or newer; install Rust (https://rustup.rs)"
        else
            found=$(cargo --version | sed 's/^cargo \([0-9]*\.[0-9]*\).*/\1/')
            minor=${found#1.}
            if [ "${found%%.*}" = 1 ] && [ "$minor" -lt "${wanted#1.}" ] 2>/dev/null; then
                lacks "cargo $wanted or newer, found $found; run 'rustup update stable'"
            fi
        fi
        for compiler in cc c++; do
            command -v "$compiler" >/dev/null 2>&1 ||
                lacks "a compiler called $compiler; Debian, Ubuntu: apt install build-essential; macOS: xcode-select --install"
        done
        ;;
    python)
        if ! command -v "${PYTHON:-python3}" >/dev/null 2>&1; then
            lacks "${PYTHON:-python3}; Debian, Ubuntu: apt install python3 python3-pip"
        elif ! "${PYTHON:-python3}" -m pip --version >/dev/null 2>&1; then
            lacks "pip for ${PYTHON:-python3}; Debian, Ubuntu: apt install python3-pip; elsewhere: ${PYTHON:-python3} -m ensurepip"
        fi
        ;;
    *)
        echo "needs.sh: unknown need $need" >&2
        exit 2
        ;;
    esac
done
exit $missing
