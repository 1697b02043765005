#!/usr/bin/env python3
"""Runs the fuzz targets one after the other: libFuzzer makes up input and reports what breaks a promise.

    python3 scripts/fuzz.py SECONDS [TARGET…]

Starts from the demo articles and from hand-written nasty cases; what libFuzzer finds interesting stays in fuzz/corpus, so
the next run goes on from there. An input that breaks something is kept in fuzz/artifacts/TARGET; cut it down with
`cargo fuzz tmin` and make a regression test of it. Needs cargo-fuzz (`cargo install cargo-fuzz --locked`).
Exit code 0: nothing was found; 1: something was, or a target could not be run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
TARGETS = ["parse", "sanitise", "front_matter", "mask"]
# Megabytes; a target that needs more has found something.
MEMORY = 4096
# Longest input that is tried: what is wrong in a megabyte is nearly always wrong in a few kilobytes, a thousand times faster.
LONGEST = 16384

MARKDOWN = {
    "empty": "",
    "nul": "a\0b\n\0\n# \0\n",
    "bom": "\ufeff---\ntitle: x\n---\n# A\n",
    "crlf": "---\r\ntitle: x\r\n---\r\n# A\r\n\r\n- b\r\n\tc\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n",
    "lone-cr": "# A\rb\r\r---\rc",
    "tabs": "\t# A\n-\tb\n\t-\tc\n\t\t\td\n1.\te\n>\tf\n",
    "unclosed-yaml": "---\ntitle: never closed\n# A\n",
    "unclosed-toml": "+++\ntitle = 'never closed'\n# A\n",
    "unclosed-json": '{"title": "never closed"\n# A\n',
    "unclosed-fence": "# A\n```js\nlet a = `${b}`;\n",
    "unclosed-comment": "a <!-- b\n\n# C\n",
    "unclosed-aside": ":::note Title\ntext\n::::warning\nmore\n:::\n",
    "deep-quote": "> " * 400 + "a\n",
    "deep-list": "".join("  " * i + "- a\n" for i in range(120)),
    "deep-brackets": "[" * 500 + "a" + "](b)" * 500,
    "deep-emphasis": "*a **b " * 300,
    "deep-html": "<div>" * 400 + "a" + "</div>" * 300,
    "table": "| a | b |\n|---|:-:|\n" + "| 1 \\| 2 | `x|y` |\n" * 200,
    "wide-table": "|" + " a |" * 300 + "\n|" + "-|" * 300 + "\n|" + " b |" * 300 + "\n",
    "footnotes": "a[^1] b[^x]\n\n[^1]: one\n\n    two\n[^x]: [^1]\n",
    "mdx": "import A from './a'\nexport const b = {c: `}`}\n\n# T {b}\n\n<A x={'>'} {...b}>\n\ntext {/* no */}\n\n</A>\n",
    "liquid": "{% if a %}\n# B\n{% endif %}\n{{ c | d: '%}' }}\n{% raw %}{{ e }}{% endraw %}\n[f]({% link g.md %})\n",
    "hugo": '{{< note title="}}" >}}\ntext\n{{< /note >}}\n{{% tip %}}\n',
    "admonition": '!!! note "Title"\n    text\n\n    ```\n    code\n    ```\n??? tip\n    more\n> [!WARNING]\n> hm\n',
    "anchors": "# A {#b}\n# A\n# A {.c #b}\n## \n#\n[x](#b)\n",
    "japanese": "# 配送**について。**続き\n\n荷物は**「追跡」**から確認。\n\u3000全角\n",
    "script": "<script>alert(1)</script><svg onload=a()><a href='javascript:b()'>c</a><img src=x onerror=d()>\n",
    "mutation": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=a()&gt;'>\n",
    "entities": "&lt;script&gt; &#0; &#x110000; &amp;amp; <a href='java&#10;script:a()'>b</a>\n",
    "links": "[a](<b c> 'd') [e][f] <https://g.h> <i@j.k> ![l](m \"n\")\n\n[f]: data:text/html,x 'o'\n",
    "rtl": "# \u202eabc\u202c\n\n\u200f\u0627\u0644\u0637\u0644\u0628\n",
}
FRONT = {
    "yaml": "title: 'A: b'\ntags: [a, b]\ndate: 2026-01-01\nquestions:\n  - Why?\n  - |\n    How\n    now?\ndraft: no\n",
    "anchors": "a: &x [*x]\nb: *x\n<<: {c: d}\n",
    "bombs": "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n",
    "tags": "title: !!binary aGk=\nid: !!float 1e400\nslug: !x y\n? [a, b]\n: c\n",
    "toml": 'title = "A"\ndate = 2026-01-01T00:00:00Z\ntags = ["a"]\n[extra]\nb.c = 1e999\n',
    "json": '"title": "A", "tags": ["a", {"b": null}], "id": 1e400, "draft": "yes"',
    "paths": "id: ../../etc\nslug: ///\npermalink: https://a/b?c#d\naliases: ['/', '', '..', 'a//b']\n",
    "dates": "date: 0000-99-99\nexpiryDate: tomorrow\nlastmod: 20260101\nverified_at: 2026-1-1\n",
    "marks": "---\n+++\n...\n}\n",
    "deep": "a: " + "[" * 300 + "]" * 300,
}
MASK = {
    "cards": "4111 1111 1111 1111, 5500-0000-0000-0004 and ４１１１１１１１１１１１１１１１ cvv 123",
    "words": "my password is hunter2! kata sandi saya rahasia123 パスワードは abc123 です",
    "ids": "ssn 123-45-6789, NIK 3174051505900001, マイナンバー 1234 5678 9018",
    "keys": "sk_live_abcdefghijklmnop Bearer abcdefghijklmnop.qrst eyJhbGciOi.eyJzdWIi.x -----BEGIN PRIVATE KEY-----",
    "iban": "DE89 3704 0044 0532 0130 00 GB82WEST12345698765432",
    "codes": "your code is 123456, OTP: 987654, kode 4567",
    "masked": "[card number ••1111] ••1234 [password] [code]",
}


def seed(target, cases):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in cases.items():
        (folder / ("seed-" + name)).write_bytes(text.encode("utf-8", "surrogatepass"))


def seed_all():
    articles = {"kb-" + "-".join(path.relative_to(ROOT / "kb").parts): path.read_text("utf-8") for path in (ROOT / "kb").rglob("*.md")}
    fronts = {name: text.split("---")[1] for name, text in articles.items() if text.startswith("---")}
    for target, cases in {
        "parse": {**MARKDOWN, **articles},
        "sanitise": {**MARKDOWN, **articles},
        "front_matter": {**FRONT, **fronts},
        "mask": {**MASK, **fronts},
    }.items():
        seed(target, cases)


def run(target, seconds):
    # The coverage that libFuzzer steers by needs flags of rustc that are not stable. No address sanitizer: it needs a
    # nightly standard library, and this crate has no unsafe code.
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    command = ["cargo", "fuzz", "run", target, "--sanitizer", "none", "--"]
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}", "-timeout=10", "-print_final_stats=1"]
    return subprocess.run(command + limits, cwd=ROOT, env=environment).returncode == 0


def main(arguments):
    if shutil.which("cargo-fuzz") is None:
        print("cargo-fuzz is missing; install it with `cargo install cargo-fuzz --locked`", file=sys.stderr)
        return 1
    seconds, targets = int(arguments[0]), arguments[1:] or TARGETS
    seed_all()
    failed = [target for target in targets if not run(target, seconds)]
    for target in failed:
        print(f"{target}: see fuzz/artifacts/{target}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
