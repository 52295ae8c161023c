#!/usr/bin/env python3
"""Writes a trained encoder as an int8 ONNX model, and what `PolicyGateway.Training calibrate` needs beside it.

The graph is written node by node and not traced: it is the same whatever the version of PyTorch. Matrices are int8 with a
scale per output channel, activations are quantised as they come, all of a window alike: so that a few large channels do not
coarsen the rest, each is first divided by what its row of the matrix is multiplied with (SmoothQuant, arXiv 2211.10438; the
sizes are measured on texts that were trained on). The embeddings are int8 with a scale per piece; attention, layer norms and
the head stay in single precision.

The head judges a window as a whole, and each span of 16 of its text's tokens by itself: the mean and the maximum of the span's
states, which know what stands around them, and the first state. The highest logit counts, so that harmless words beside a
harmful sentence do not thin it. The input has no padding: `input_ids` int64 [windows, tokens] and `text_start` int64 [1], the
place of the text's first token behind its prompt, to `logits` [windows, heads].
"""
import argparse
import json
import math
import os
import shutil

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from data import SERVED_CONTEXT, SERVED_TOKENS, Rows, text_start, windows
from model import EPSILON, HEADS, SHORTEST_TEXT, SPAN, STRIDE, Guard, read_safetensors

OPSET = 17


class Graph:
    """Nodes and constants in the order in which they are made."""

    def __init__(self, weights, largest):
        self.weights, self.largest, self.nodes, self.constants, self.count = weights, largest, [], {}, 0

    def constant(self, name, array):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.require(array, requirements="C"), name)
        return name

    def weight(self, name):
        return self.constant(name, self.weights[name].numpy())

    def node(self, kind, inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"{kind.lower()}_{self.count}" + (f"_{i}" if outputs > 1 else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def number(self, value):
        return self.constant(f"number_{value:.9g}", np.array(value, np.float32))

    def shape(self, *sizes):
        return self.constant("shape_" + "_".join(map(str, sizes)), np.array(sizes, np.int64))

    def add(self, a, b):
        return self.node("Add", [a, b])

    def mul(self, a, b):
        return self.node("Mul", [a, b])

    def norm(self, x, name):
        return self.node("LayerNormalization", [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")], axis=-1, epsilon=EPSILON)

    def gelu(self, x):
        error = self.node("Erf", [self.node("Div", [x, self.number(math.sqrt(2))])])
        return self.mul(self.mul(x, self.add(error, self.number(1.0))), self.number(0.5))

    def linear(self, x, name, matrix=None, bias=None):
        """x times an int8 matrix, plus bias. The matrix is [inputs, outputs]."""
        matrix = self.weights[f"{name}.weight"].numpy().T if matrix is None else matrix
        bias = self.weights[f"{name}.bias"].numpy() if bias is None else bias
        smooth = np.sqrt(self.largest[name] / np.abs(matrix).max(1))
        smooth = np.maximum(smooth / np.exp(np.log(smooth).mean()), 1e-2).astype(np.float32)
        x, matrix = self.mul(x, self.constant(f"{name}.smooth", 1 / smooth)), matrix * smooth[:, None]
        scale = np.abs(matrix).max(0) / 127
        quantised = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
        ids, of_x, zero = self.node("DynamicQuantizeLinear", [x], 3)
        product = self.node("MatMulInteger", [
            ids, self.constant(f"{name}.int8", quantised), zero, self.constant(f"{name}.zero", np.zeros(matrix.shape[1], np.int8))])
        scales = self.mul(of_x, self.constant(f"{name}.scale", scale.astype(np.float32)))
        scaled = self.mul(self.node("Cast", [product], to=TensorProto.FLOAT), scales)
        return self.add(scaled, self.constant(f"{name}.bias", bias))

    def dense(self, x, name):
        """x times a matrix in single precision, plus bias."""
        return self.add(self.node("MatMul", [x, self.constant(f"{name}.weight", self.weights[f"{name}.weight"].numpy().T)]), self.weight(f"{name}.bias"))


def embeddings(graph, ids):
    table = graph.weights["embeddings.word_embeddings.weight"].numpy()
    scale = np.maximum(np.abs(table).max(1, keepdims=True) / 127, 1e-12)
    pieces = graph.node("Gather", [graph.constant("pieces.int8", np.clip(np.rint(table / scale), -127, 127).astype(np.int8)), ids])
    scales = graph.node("Gather", [graph.constant("pieces.scale", scale.astype(np.float32)), ids])
    words = graph.mul(graph.node("Cast", [pieces], to=TensorProto.FLOAT), scales)
    places = graph.weights["embeddings.position_embeddings.weight"].numpy() + graph.weights["embeddings.token_type_embeddings.weight"].numpy()[0]
    length = graph.node("Slice", [graph.node("Shape", [ids]), graph.shape(1), graph.shape(2)])
    table = graph.node("Slice", [graph.constant("places", places), graph.shape(0), length, graph.shape(0)])
    return graph.norm(graph.add(words, table), "embeddings.LayerNorm")


def layer(graph, x, number, heads, width):
    name = f"encoder.layer.{number}"
    size = width // heads
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    matrix = np.concatenate([graph.weights[f"{part}.weight"].numpy().T for part in parts], 1)
    bias = np.concatenate([graph.weights[f"{part}.bias"].numpy() for part in parts])
    # The scores' division by the root of the size stands in the queries already.
    matrix[:, :width] /= math.sqrt(size)
    bias[:width] /= math.sqrt(size)
    mixed = graph.linear(x, f"{name}.attention.self", matrix, bias)
    query, key, value = graph.node("Split", [mixed, graph.shape(width, width, width)], 3, axis=2)
    query, value = (graph.node("Transpose", [graph.node("Reshape", [part, graph.shape(0, 0, heads, size)])], perm=[0, 2, 1, 3]) for part in (query, value))
    key = graph.node("Transpose", [graph.node("Reshape", [key, graph.shape(0, 0, heads, size)])], perm=[0, 2, 3, 1])
    attention = graph.node("Softmax", [graph.node("MatMul", [query, key])], axis=-1)
    states = graph.node("Transpose", [graph.node("MatMul", [attention, value])], perm=[0, 2, 1, 3])
    states = graph.node("Reshape", [states, graph.shape(0, 0, width)])
    x = graph.norm(graph.add(graph.linear(states, f"{name}.attention.output.dense"), x), f"{name}.attention.output.LayerNorm")
    inner = graph.gelu(graph.linear(x, f"{name}.intermediate.dense"))
    return graph.norm(graph.add(graph.linear(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")


def head(graph, x, name):
    """Logits of the window and of its spans, the highest of each head."""
    first = graph.node("Slice", [x, graph.shape(0), graph.shape(1), graph.shape(1)])
    whole = judge(graph, graph.node("ReduceMean", [x], axes=[1]), graph.node("ReduceMax", [x], axes=[1]), first, name)
    text = graph.node("Slice", [x, "text_start", graph.shape(np.iinfo(np.int64).max), graph.shape(1)])
    channels = graph.node("Transpose", [text], perm=[0, 2, 1])
    # Half a span beyond either end, so that the shortest has half a span's tokens.
    around = {"kernel_shape": [SPAN], "strides": [STRIDE], "pads": [SPAN // 2, SPAN // 2]}
    mean, maximum = (
        graph.node("Transpose", [pooled], perm=[0, 2, 1])
        for pooled in (graph.node("AveragePool", [channels], count_include_pad=0, **around), graph.node("MaxPool", [channels], **around)))
    spans = judge(graph, mean, maximum, graph.node("Expand", [first, graph.node("Shape", [mean])]), name)
    spans = graph.node("ReduceMax", [spans], axes=[1], keepdims=0)
    whole = graph.node("Squeeze", [whole, graph.shape(1)])
    length = graph.node("Gather", [graph.node("Shape", [text]), graph.constant("axis", np.array(1, np.int64))])
    is_long = graph.node("Greater", [length, graph.constant("shortest_text", np.array(SHORTEST_TEXT, np.int64))])
    return graph.node("Max", [whole, graph.node("Where", [is_long, spans, whole])])


def judge(graph, mean, maximum, first, name):
    pooled = graph.norm(graph.node("Concat", [mean, maximum, first], axis=2), f"{name}.norm")
    return graph.dense(graph.gelu(graph.dense(pooled, f"{name}.inner")), f"{name}.outer")


@torch.no_grad()
def largest_inputs(weights, config, tokens_dir, count, most=256):
    """The largest magnitude of each channel that goes into each matrix, over some texts that were trained on."""
    guard = Guard(config, 1)
    guard.load_state_dict(weights, strict=False)
    guard.eval()
    largest = {}

    def watch(name):
        def see(_, inputs):
            peak = inputs[0].abs().amax(dim=(0, 1)).numpy()
            largest[name] = np.maximum(largest.get(name, 0), peak)
        return see

    for name, part in guard.named_modules():
        if name.endswith(".attention.self.query"):
            part.register_forward_pre_hook(watch(name[: -len(".query")]))
        elif name.endswith(".dense"):
            part.register_forward_pre_hook(watch(name))
    rows = Rows(tokens_dir)
    for index in np.random.default_rng(0).choice(np.flatnonzero(rows.trainable), count, replace=False):
        prompt = rows.prompts[index]
        guard(torch.from_numpy(windows(prompt, rows.texts[index], most)[0])[None], torch.tensor([text_start(prompt)]))
    return largest


def build(weights, largest, config):
    graph = Graph(weights, largest)
    x = embeddings(graph, "input_ids")
    for number in range(config["num_hidden_layers"]):
        x = layer(graph, x, number, config["num_attention_heads"], config["hidden_size"])
    return finish(graph, head(graph, x, "last"))


def finish(graph, logits):
    """The graph as a model with its inputs and its output."""
    graph.nodes.append(helper.make_node("Identity", [logits], ["logits"], name="logits"))
    return helper.make_model(
        helper.make_graph(
            graph.nodes, "guard",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["windows", "tokens"]),
             helper.make_tensor_value_info("text_start", TensorProto.INT64, [1])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["windows", len(HEADS)])],
            list(graph.constants.values())),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="PolicyGateway")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="folder of the base: config.json, weights.fp16.safetensors, tokenizer.json")
    parser.add_argument("--weights", required=True, help="trained weights, .safetensors")
    parser.add_argument("--tokens-dir", required=True, help="folder that `PolicyGateway.Training tokens` wrote")
    parser.add_argument("--texts", type=int, default=300, help="on how many texts activations are measured")
    parser.add_argument("--name", required=True, help="the bundle's name")
    parser.add_argument("--tokens", type=int, default=SERVED_TOKENS, help="of one window: 256 was trained on, 128 is as cheap and sees more in a page")
    parser.add_argument("--context", type=int, default=SERVED_CONTEXT, help="tokens of a completion's prompt, at most")
    parser.add_argument("--tokenizer", help="tokenizer.json, where the base's folder has none")
    parser.add_argument("--out", required=True, help="folder to write")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    with open(f"{arguments.base}/config.json") as file:
        config = json.load(file)
    weights = {**read_safetensors(f"{arguments.base}/weights.fp16.safetensors"), **read_safetensors(arguments.weights)}
    model = build(weights, largest_inputs(weights, config, arguments.tokens_dir, arguments.texts), config)
    onnx.checker.check_model(model)
    onnx.save(model, f"{arguments.out}/model.onnx")
    shutil.copyfile(arguments.tokenizer or f"{arguments.base}/tokenizer.json", f"{arguments.out}/tokenizer.json")
    with open(f"{arguments.out}/guard.json", "w") as file:
        json.dump({"name": arguments.name, "heads": HEADS, "max_tokens": arguments.tokens, "context_tokens": arguments.context}, file, indent=1)
    print(f"{os.path.getsize(f'{arguments.out}/model.onnx'):,} bytes")


if __name__ == "__main__":
    main()
