#!/bin/sh
# Checks licences, sources and banned crates with cargo-deny, and known weaknesses where their database can be fetched.
set -eu
cd "$(dirname "$0")/.."
if ! cargo deny --version >/dev/null 2>&1; then
    echo "skipped: cargo-deny is not installed (cargo install cargo-deny --locked)"
    exit 0
fi
cargo deny check licenses bans sources
if cargo deny fetch db >/dev/null 2>&1; then
    cargo deny check advisories
else
    echo "skipped: advisories (their database cannot be fetched from here)"
fi
