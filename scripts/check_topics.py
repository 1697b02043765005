#!/usr/bin/env python3
"""Checks the rules in topics/*.toml: their form, their examples, and how they do on labelled questions.

    python3.11 scripts/check_topics.py                       form, examples, then a table per set
    python3.11 scripts/check_topics.py --errors SET [N]      also lists up to N missed and N wrongly matched questions of a set
    python3.11 scripts/check_topics.py --ask "QUESTION"      which topics match, and by which pattern

Labelled questions are read from kb/ and from the sets in TANYA_EVAL_DIR (default: ../shared/eval beside the
repository; skipped if absent). How text is normalized and what the keys mean: topics/README.md.
Needs Python 3.11 or newer, nothing else. Exit code 0: fine; 1: a rule or an example is wrong; 2: wrong usage.
"""

import argparse
import json
import os
import re
import sys
import tomllib
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "id", "ja", "de", "fr", "es", "zh")
KEYS = {"topic", "title", "team", "reason", "priority", *LANGUAGES}
LANGUAGE_KEYS = {"words", "patterns", "unless", "examples", "counter_examples"}
REASONS = {"sensitive_topic", "wants_person"}
LEAST = {"en": (15, 8), **{lang: (10, 8) for lang in LANGUAGES[1:]}}
# Intents that every policy must hand over; other rows labelled sensitive can be argued about.
CORE = set(
    """request_refund Refund_not_showing_up cancel_transfer terminate_account extra_charge_on_statement
    transaction_charged_twice compromised_card lost_or_stolen_card card_payment_not_recognised
    direct_debit_payment_not_recognised report_fraud report_lost_card account_blocked card_declined bill_balance
    bill_due pay_bill handoff refund cancel_close_leave_freeze CANCEL_ORDER RETURN_EXCHANGE""".split()
)
# What Rust's regex crate has no words for, and Python's re does.
NOT_IN_RUST = re.compile(r"\(\?(?:=|!|<=|<!|\(|#|P=|>)|\\[1-9]|\\[ZGk]|[*+?}]\+")
WORD = re.compile(r"\{([a-z][a-z_]*)\}")
APOSTROPHES = dict.fromkeys(map(ord, "'`\u2018\u2019\u201a\u201b\u2032\u02bc"))
QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f"), '"')


def normalize(text):
    """As topics/README.md describes it."""
    text = unicodedata.normalize("NFKC", text).lower().translate({**APOSTROPHES, **QUOTES})
    text = re.sub(r"[\s\u0085]+", " ", text)
    return "".join(c for c in text if unicodedata.category(c) != "Cc").strip()


class Rules:
    """One language of one topic."""

    def __init__(self, where, lang, table, problems):
        self.lang, self.examples, self.counter_examples = lang, table.get("examples", []), table.get("counter_examples", [])
        for key in table.keys() - LANGUAGE_KEYS:
            problems.append(f"{where}: unknown key {key}")
        words, used = table.get("words", {}), set()

        def compiled(pattern):
            def expand(match):
                name = match.group(1)
                if name not in words:
                    raise ValueError(f"no word class {{{name}}}")
                used.add(name)
                return "(?:" + words[name] + ")"

            try:
                text = WORD.sub(expand, pattern)
                if re.search(r"\{[^0-9]", text):
                    raise ValueError("a {name} has only lower-case letters and underscores")
                if NOT_IN_RUST.search(text):
                    raise ValueError("look-around, back-reference or possessive repeat")
                if pattern != normalize(pattern) and not re.search(r"\\[A-Z]|^ | $", pattern):
                    raise ValueError("is not normalized text (upper case, apostrophe or full-width letter): can never match")
                return re.compile(text)
            except (ValueError, re.error) as error:
                problems.append(f"{where}: {pattern}: {error}")
                return re.compile(r"(?!)")

        self.patterns = [(p, compiled(p)) for p in table.get("patterns", [])]
        self.unless = [(p, compiled(p)) for p in table.get("unless", [])]
        for name in words.keys() - used:
            problems.append(f"{where}: word class {name} is not used")

    def match(self, text):
        hit = next((p for p, r in self.patterns if r.search(text)), None)
        return None if hit is None or any(r.search(text) for _, r in self.unless) else hit


class Topic:
    def __init__(self, path, problems):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        self.id, self.priority = data.get("topic", path.stem), data.get("priority", 100)
        for key in data.keys() - KEYS:
            problems.append(f"{path.name}: unknown key {key}")
        for key in ("topic", "title", "team", "reason", "priority"):
            if key not in data:
                problems.append(f"{path.name}: no {key}")
        if data.get("reason") not in REASONS:
            problems.append(f"{path.name}: reason must be one of {sorted(REASONS)}")
        self.rules = [Rules(f"{path.name} [{lang}]", lang, data[lang], problems) for lang in LANGUAGES if lang in data]

    def match(self, text):
        """(language, pattern) of the first match, or None. All languages are tried, whatever the text's language is."""
        return next(((r.lang, hit) for r in self.rules if (hit := r.match(text))), None)


def load(folder, problems):
    topics = [Topic(path, problems) for path in sorted(folder.glob("*.toml"))]
    topics.sort(key=lambda t: (t.priority, t.id))
    for what, values in (("topic", [t.id for t in topics]), ("priority", [t.priority for t in topics])):
        problems += [f"two topics with {what} {v}" for v, n in Counter(values).items() if n > 1]
    return topics


def decide(topics, question):
    text = normalize(question)
    return next((t.id for t in topics if t.match(text)), None)


def check_examples(topics, problems):
    seen = {}
    for topic in topics:
        for rules in topic.rules:
            where, (least, least_counter) = f"{topic.id} [{rules.lang}]", LEAST[rules.lang]
            if len(rules.examples) < least or len(rules.counter_examples) < least_counter:
                problems.append(f"{where}: {len(rules.examples)} examples, {len(rules.counter_examples)} counter-examples")
            for text in rules.examples:
                got = decide(topics, text)
                if got != topic.id:
                    problems.append(f"{where}: goes to {got or 'nobody'}: {text}")
                if normalize(text) in seen:
                    problems.append(f"{where}: also in {seen[normalize(text)]}: {text}")
                seen[normalize(text)] = where
            for text in rules.counter_examples:
                if hit := topic.match(normalize(text)):
                    problems.append(f"{where}: must not match, does by {hit[0]} {hit[1]}: {text}")


def questions(file):
    with open(file, encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            row = json.loads(line)
            row["kind"] = row.get("kind") or ("answerable" if row.get("relevant") else "out_of_scope")
            row["names"] = [row["intent"]] if row.get("intent") else list(row.get("intents") or [])
            yield row


def part(hits, total):
    return f"{hits / total:7.3f} ({hits}/{total})" if total else "      -"


def evaluate(topics, files):
    sets = {}
    print(f"\n{'set':20} {'sensitive_by_rule':20} {'core_by_rule':20} {'false_sensitive':20} of which out_of_scope")
    total = Counter()
    for file in files:
        name = file.parent.name
        rows = sets[name] = list(questions(file))
        n = Counter()
        for row in rows:
            row["got"] = decide(topics, row["question"])
            hit = row["got"] is not None
            groups = ["S"] if row["kind"] == "sensitive" else ["N"] + (["O"] if row["kind"] == "out_of_scope" else [])
            if row["kind"] == "sensitive" and CORE & set(row["names"]):
                groups.append("C")
            for group in groups:
                n[group] += 1
                n[group + "+"] += hit
        total += n
        print(f"{name:20} " + " ".join(f"{part(n[g + '+'], n[g]):20}" for g in "SCNO").rstrip())
    print(f"{'all':20} " + " ".join(f"{part(total[g + '+'], total[g]):20}" for g in "SCNO").rstrip())

    print(f"\n{'labelled topic':20} {'handed over':20} {'under it':20} by topic")
    by = defaultdict(Counter)
    for rows in sets.values():
        for row in rows:
            by[row.get("topic") or "sensitive, no topic" if row["kind"] == "sensitive" else "(none)"][row["got"]] += 1
    for topic, got in sorted(by.items()):
        n = sum(got.values())
        where = " ".join(f"{k}:{v}" for k, v in got.most_common() if k)
        print(f"{topic:20} {part(n - got[None], n):20} {part(got[topic], n):20} {where}")
    return sets


def show_errors(sets, topics, name, most):
    rows = sets.get(name)
    if rows is None:
        sys.exit(f"error: no set {name}; there are {', '.join(sets)}")
    for title, wrong in (
        ("MISSED", [r for r in rows if r["kind"] == "sensitive" and not r["got"]]),
        ("WRONGLY MATCHED", [r for r in rows if r["kind"] != "sensitive" and r["got"]]),
    ):
        counts = Counter("+".join(r["names"]) or r["kind"] for r in wrong)
        print(f"\n{title} in {name}: {len(wrong)}  " + " ".join(f"{k}:{v}" for k, v in counts.most_common(30)))
        step = max(1, len(wrong) // most) if most else 1
        for row in wrong[::step][:most]:
            hit = next((f"{t.id}: {m[1]}" for t in topics if (m := t.match(normalize(row["question"])))), "")
            print(f"  [{'+'.join(row['names'])}] {row['question'].strip()}" + (f"   <- {hit}" if hit else ""))


def main():
    parser = argparse.ArgumentParser(description="Checks topics/*.toml.")
    parser.add_argument("--errors", nargs="+", metavar=("SET", "N"), help="list the errors of a set (at most N of each kind, default 40)")
    parser.add_argument("--ask", metavar="QUESTION", help="which topics match a question")
    args = parser.parse_args()
    if args.errors and (len(args.errors) > 2 or not args.errors[-1].isdigit() and len(args.errors) == 2):
        parser.error("--errors SET [N]")
    problems = []
    topics = load(ROOT / "topics", problems)
    if args.ask is not None:
        text = normalize(args.ask)
        print(f"normalized: {text}")
        for topic in topics:
            if hit := topic.match(text):
                print(f"{topic.id} (priority {topic.priority}), {hit[0]}: {hit[1]}")
        return 0
    check_examples(topics, problems)
    for problem in problems:
        print(problem)
    n = sum(len(r.patterns) for t in topics for r in t.rules)
    m = sum(len(r.examples) + len(r.counter_examples) for t in topics for r in t.rules)
    print(f"{len(topics)} topics, {n} patterns, {m} examples and counter-examples, {len(problems)} problems")
    folder = Path(os.environ.get("TANYA_EVAL_DIR") or ROOT.parent / "shared" / "eval")
    if not folder.is_dir():
        print("no labelled questions but the demo's (set TANYA_EVAL_DIR)")
    files = [p for p in (ROOT / "kb" / "questions.jsonl", *sorted(folder.glob("*/questions.jsonl"))) if p.is_file()]
    if files:
        sets = evaluate(topics, files)
        if args.errors:
            show_errors(sets, topics, args.errors[0], int(args.errors[1]) if len(args.errors) == 2 else 40)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
