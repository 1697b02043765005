#!/bin/sh
# What `make run` does: fetch the runtime, build, index, serve.
#
#     sh scripts/run.sh ADDRESS [--kb DIR] [--data DIR]
set -eu
cd "$(dirname "$0")/.."
listen=$1
shift
python=${PYTHON:-python3}

sh scripts/needs.sh rust
# Before anything is built, seeded or signed in to: new links would make those of the server that runs there invalid.
# Without Python, `tanya demo` and `tanya serve` say the same, only later.
if command -v "$python" >/dev/null 2>&1 && "$python" scripts/answers.py "$listen"; then
    echo "Something listens on $listen already, perhaps this help center: stop it, or take another port: make run LISTEN=127.0.0.1:8081" >&2
    exit 1
fi
if [ ! -e "${CARGO_TARGET_DIR:-target}/debug/tanya" ]; then
    echo "Building Tanya and all that it stands on: this takes some minutes the first time, and seconds after that." >&2
fi
# Without the runtime Tanya searches by words alone, so neither Python nor the network is a reason to stop.
if ! sh scripts/needs.sh python || ! "$python" scripts/fetch_runtime.py; then
    echo "ONNX Runtime is not there: going on without it, by words alone. 'make setup' tries again." >&2
fi
# Progress is shown whatever cargo's settings say: minutes of silence look like a failure.
CARGO_TERM_QUIET=false cargo build
# The demo's own name, unless somebody has chosen another or other articles.
case " $* " in *" --kb "*) demo=no ;; *) demo=yes ;; esac
if [ $demo = yes ] && [ ! -e tanya.toml ]; then
    TANYA_SITE_NAME=${TANYA_SITE_NAME:-Kawan Kopi}
    export TANYA_SITE_NAME
fi
cargo run --quiet -- "$@" index

shown=http://$listen
case $listen in
127.0.0.1:* | localhost:* | "[::1]:"*)
    token=${TANYA_TOKEN:-demo-token-for-this-machine}
    ;;
*)
    # Others can reach this address, so the token must not be one that is printed in a README.
    token=${TANYA_TOKEN:-$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')}
    shown=http://127.0.0.1:${listen##*:}
    ;;
esac
# The links first: where they cannot be made, nothing else should be promised.
links=
if [ $demo = yes ]; then
    links=$(TANYA_LISTEN=${shown#http://} cargo run --quiet -- "$@" demo)
fi
cat <<END

  Help center     $shown
  Try             $shown/search?q=can+I+pause+for+two+months
                  $shown/search?q=what+does+error+E3+mean
                  $shown/search?q=I+was+charged+twice   goes to a person
  Ask the API     curl -s $shown/api/v1/ask -H 'content-type: application/json' -d '{"question": "can I pause for two months?"}'
  The queue       curl -s $shown/api/v1/tickets -H 'authorization: Bearer $token'

END
if [ $demo = yes ]; then
    echo "  Sign in, once by each link:"
    echo "$links"
else
    echo "  Sign in         tanya user add you@example.com --name You --role administrator   prints a link"
fi
echo
TANYA_TOKEN=$token
export TANYA_TOKEN
exec cargo run --quiet -- "$@" serve --listen "$listen"
