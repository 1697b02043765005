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
# Without the runtime Tanya searches by words alone, so neither Python nor the network is a reason to stop.
if ! sh scripts/needs.sh python || ! "$python" scripts/fetch_runtime.py; then
    echo "ONNX Runtime is not there: going on without it, by words alone. 'make setup' tries again." >&2
fi
cargo build
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
    TANYA_LISTEN=${shown#http://} cargo run --quiet -- "$@" demo
else
    echo "  Sign in         tanya user add you@example.com --name You --role administrator   prints a link"
fi
echo
TANYA_TOKEN=$token
export TANYA_TOKEN
exec cargo run --quiet -- "$@" serve --listen "$listen"
