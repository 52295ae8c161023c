#!/usr/bin/env python3
"""Trains the upper layers and the head of a model that is served already further, on two cores and in an hour.

The lower layers stay as they are, to the bit: their states come from the int8 graph itself (`PolicyGateway.Training states`),
once, and the upper layers are trained over them. What the model says of the rows that it was trained on is its own teacher,
so that it forgets nothing; rows of `border.py` have their labels alone. A text that is respelt, or that stands in the midst of
harmless text or of code, is taught what the model says of it plain and by itself: neither changes what it is.

Steps: `prepare` makes windows and their states, `train` weights from them, `export` an int8 graph. Each writes into --work and
takes what the one before left there.
"""
import argparse
import json
import os
import shutil
import subprocess
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F

import metrics
from data import SERVED_CONTEXT, SERVED_TOKENS, Rows, Sampler, assemble, text_start, windows
from model import FLAGGED, HEADS, read_safetensors, write_safetensors
from served import Served, Upper
from states import Windows
from train import WARM_UP, Settings

BORDER = "border_"
LABEL_ALONE = -1  # instead of the number of the window whose logits teach
VARIANTS = {True: 0.8, False: 0.25}  # how many flagged and other texts are also taught otherwise spelt or surrounded


def is_border(rows):
    return np.char.startswith(rows.source.astype(str), BORDER)


def training_windows(rows, arguments):
    """(row, number of the window that teaches it, ids, start): rows that were trained on, some of them otherwise, and border rows."""
    random = np.random.default_rng(arguments.seed)
    border = is_border(rows)
    settings = Settings(tokens=SERVED_TOKENS, context=SERVED_CONTEXT, surround=0.0, respell=0.0)
    added = np.flatnonzero(rows.trainable & border)
    known = np.flatnonzero(rows.trainable & ~border)
    names, sizes = np.unique(rows.source[known], return_counts=True)
    size = dict(zip(names, sizes))
    share = np.array([size[source] ** -0.5 for source in rows.source[known]]) * np.where(rows.written[known], 3.0, 1.0)
    share *= np.where(np.isin(rows.source[known], arguments.often), 3.0, 1.0)
    share *= np.where((rows.labels[known][:, arguments.teacher_heads] > 0).any(1), 2.0, 1.0)
    known = random.choice(known, min(arguments.rows, len(known)), replace=False, p=share / share.sum())
    around, code = Sampler(rows, known, settings), Sampler(rows, added, settings)
    made = []
    for index in known:
        prompt, text, room = around.passage(index, random)
        plain = len(made)
        if random.random() >= VARIANTS[bool(rows.flagged[index])]:
            made.append((index, plain, assemble(prompt, text), text_start(prompt)))
            continue
        # Short enough for something to stand around it.
        text = text[:int(random.integers(room // 3, room - 8))]
        made.append((index, plain, assemble(prompt, text), text_start(prompt)))
        other = rows.respelt[index][:room]
        if not len(other) or random.random() < 0.75:
            other = (code if random.random() < 0.3 else around).surround(text, room, random)
        made.append((index, plain, assemble(prompt, other), text_start(prompt)))
    for index in added:
        made.append((index, LABEL_ALONE, *code._window(index, random)))
    return made


def served_windows(rows, chosen):
    for index in chosen:
        prompt = rows.prompts[index][-SERVED_CONTEXT:]
        for window in windows(prompt, rows.texts[index], SERVED_TOKENS):
            yield index, LABEL_ALONE, window, text_start(prompt)


def left_out_rows(rows, per_source):
    """Sources that no weight was trained on, contrast groups kept back, and border rows kept back."""
    chosen = [np.flatnonzero(rows.held_out & (rows.written | is_border(rows)))]
    unseen = ~rows.held_out & ~rows.trainable
    for source in np.unique(rows.source[unseen]):
        if source != "xquad":
            chosen.append(np.flatnonzero(unseen & (rows.source == source))[:per_source])
    return np.concatenate(chosen)


def prepare(arguments, rows, config):
    served = Served(arguments.model, config, arguments.kept)
    graph = f"{arguments.work}/states.onnx"
    onnx.save(served.with_states(), graph)
    for name, made in (("train", training_windows(rows, arguments)),
                       ("left-out", served_windows(rows, left_out_rows(rows, arguments.per_source)))):
        numbers, taught_by, ids, starts = zip(*made)
        np.save(f"{arguments.work}/{name}.rows.npy", np.array(numbers))
        np.save(f"{arguments.work}/{name}.taught-by.npy", np.array(taught_by))
        np.concatenate([np.concatenate([[len(window), start], window]) for window, start in zip(ids, starts)]).astype("<i4").tofile(
            f"{arguments.work}/{name}.windows.bin")
        print(f"{name}: {len(ids):,} windows, {sum(map(len, ids)):,} tokens", flush=True)
        run(arguments, graph, name, "states")
    if arguments.teacher:
        onnx.save(logits_of(arguments.teacher), graph)
        run(arguments, graph, "train", "teacher")


def run(arguments, graph, name, what):
    """Writes all outputs of a graph, in half precision, for each of the windows of a name."""
    subprocess.run(["dotnet", "run", "-c", "Release", "--project", arguments.tool, "--", "states", "--model", graph,
                    "--windows", f"{arguments.work}/{name}.windows.bin", "--out", f"{arguments.work}/{name}.{what}.f16"], check=True)


def logits_of(path):
    """An encoder's graph that gives the logits of its heads where it gave their sigmoids."""
    model = onnx.load(path)
    last = model.graph.node[-1]
    if last.op_type == "Sigmoid":
        model.graph.output[0].name = last.input[0]
        del model.graph.node[-1]
    return model


@torch.no_grad()
def score(model, made):
    """Logits of what is served, of each window."""
    model.eval()
    result = np.zeros((len(made.length), len(HEADS)), np.float32)
    for places in made.batches(8192):
        result[places] = model(*made.batch(places))[1].numpy()
    return result


def figures(rows, made, of_windows):
    """How the highest logit of each row does: on sources left out, contrast groups, and border rows."""
    logits = np.full((len(rows), len(HEADS)), -np.inf, np.float32)
    np.maximum.at(logits, made.row, of_windows)
    chosen = np.unique(made.row)
    border, written = is_border(rows)[chosen], rows.written[chosen]
    unseen = ~border & ~written
    scores, truth = logits[chosen][:, FLAGGED], rows.flagged[chosen]
    result = {}
    by_source = [metrics.auc(scores[unseen & (rows.source[chosen] == source)], truth[unseen & (rows.source[chosen] == source)])
                 for source in np.unique(rows.source[chosen][unseen])
                 if 0 < truth[unseen & (rows.source[chosen] == source)].sum() < (unseen & (rows.source[chosen] == source)).sum()]
    for name, part in (("left out", unseen), ("written", written)):
        result[name] = metrics.auc(scores[part], truth[part])
        heads = [metrics.auc(logits[chosen][part][:, at], labels) for at, labels in enumerate(rows.labels[chosen][part].T > 0) if labels.sum() >= 10]
        result[f"{name} heads"] = float(np.mean(heads))
    result["by source"] = float(np.mean(by_source))
    for at, name in enumerate(HEADS):
        labels = rows.labels[chosen][written][:, at] > 0
        if labels.sum() >= 10:
            result[f"written {name}"] = metrics.auc(logits[chosen][written][:, at], labels)
    # At the threshold that holds 15 % of the benign rows left out, how much of the border is held, and how much of what is flagged.
    edge = np.quantile(scores[unseen & ~truth], 0.85)
    result["recall at 15 %"] = float((scores[unseen & truth] > edge).mean())
    for source in np.unique(rows.source[chosen][border]):
        result[f"{source} held"] = float((scores[rows.source[chosen] == source] > edge).mean())
    return result


def teaching(arguments, made):
    """What teaches whole and served windows: the served model's logits, and on some heads their mean with the other teacher's."""
    result = [made.whole, made.served]
    if arguments.teacher:
        other = np.fromfile(f"{arguments.work}/train.teacher.f16", np.float16).astype(np.float32).reshape(-1, len(HEADS))
        for head in arguments.teacher_heads:
            # On the served model's scale: teachers are as sure as they were trained long.
            slope, offset = np.polyfit(other[:, head], made.served[:, head], 1)
            for logits in result:
                logits[:, head] = (logits[:, head] + slope * other[:, head] + offset) / 2
    return result


def targets(rows, made, logits, places, share):
    """What whole and served windows ought to give: the labels, softened by what is said of the window that teaches each."""
    labels = rows.labels[made.row[places]]
    by = made.taught_by[places]
    taught = np.where(by == LABEL_ALONE, 0.0, share)[:, None]
    return [torch.from_numpy((taught / (1 + np.exp(-each[by])) + (1 - taught) * labels).astype(np.float32)) for each in logits]


def train(arguments, rows, config):
    torch.manual_seed(arguments.seed)
    served = Served(arguments.model, config, arguments.kept)
    before = served.weights()
    model = Upper(config, arguments.kept, before, arguments.dropout)
    made, left_out = (Windows(arguments.work, name, config["hidden_size"]) for name in ("train", "left-out"))
    taught = teaching(arguments, made)
    parameters = model.named()
    optimizer = torch.optim.AdamW(
        [{"params": [parameter for name, parameter in parameters.items() if name.startswith("last.") == is_head], "lr": 0.0, "peak": rate, "weight_decay": 0.01}
         for is_head, rate in ((False, arguments.rate), (True, arguments.rate * 2))], betas=(0.9, 0.98))
    average = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    importance = torch.ones(len(HEADS))
    importance[FLAGGED] = 4.0
    importance[arguments.teacher_heads] = 2.0
    names, counts = np.unique(rows.source[made.row], return_counts=True)
    size = dict(zip(names, counts))
    weight = np.array([size[source] ** -0.25 for source in rows.source[made.row]])
    weight = torch.from_numpy((weight / weight.mean()).astype(np.float32))
    print(json.dumps({"before": figures(rows, left_out, left_out.served)}, indent=1), flush=True)
    step, began, seen = 0, time.time(), 0
    for epoch in range(arguments.epochs):
        batches = made.batches(arguments.batch_tokens, np.random.default_rng(arguments.seed * 100 + epoch))
        total, loss_sum = len(batches) * arguments.epochs, 0.0
        model.train()
        for done, places in enumerate(batches, 1):
            pace = min(step / total / WARM_UP, (1 - step / total) / (1 - WARM_UP))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * pace
            outputs = model(*made.batch(places))
            loss = sum(0.5 * (F.binary_cross_entropy_with_logits(output, target, reduction="none") * importance).sum(1) / importance.sum() * weight[places]
                       for output, target in zip(outputs, targets(rows, made, taught, places, arguments.taught))).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            keep = min(0.99, (1 + step) / (10 + step))
            with torch.no_grad():
                for name, parameter in parameters.items():
                    average[name].lerp_(parameter, 1 - keep)
            loss_sum += loss.item()
            seen += int(made.length[places].sum())
            if done % 50 == 0:
                print(f"epoch {epoch + 1}, {done} of {len(batches)}: loss {loss_sum / done:.4f}, {seen / (time.time() - began):,.0f} tokens/s", flush=True)
    write_safetensors(f"{arguments.work}/{arguments.name}.safetensors", average, np.float32)
    model.load(average)
    print(json.dumps({"after": figures(rows, left_out, score(model, left_out))}, indent=1), flush=True)


@torch.no_grad()
def export(arguments, rows, config):
    served = Served(arguments.model, config, arguments.kept)
    weights = read_safetensors(f"{arguments.work}/{arguments.name}.safetensors")
    model = Upper(config, arguments.kept, weights, 0.0).eval()
    largest = {}

    def watch(name):
        def see(_, inputs):
            largest[name] = np.maximum(largest.get(name, 0), inputs[0].abs().amax(dim=(0, 1)).numpy())
        return see

    for number, each in enumerate(model.layers, arguments.kept):
        for part, module in each.named_modules():
            if part == "attention.self.query":
                module.register_forward_pre_hook(watch(f"encoder.layer.{number}.attention.self"))
            elif part.endswith("dense"):
                module.register_forward_pre_hook(watch(f"encoder.layer.{number}.{part}"))
    made = Windows(arguments.work, "train", config["hidden_size"])
    for place in np.random.default_rng(0).choice(len(made.length), 600, replace=False):
        model(*made.batch(np.array([place])))
    folder = f"{arguments.work}/{arguments.name}"
    os.makedirs(folder, exist_ok=True)
    onnx.save(served.rebuilt(weights, largest), f"{folder}/model.onnx")
    onnx.checker.check_model(f"{folder}/model.onnx")
    shutil.copyfile(f"{os.path.dirname(arguments.model)}/tokenizer.json", f"{folder}/tokenizer.json")
    with open(f"{folder}/guard.json", "w") as file:
        json.dump({"name": arguments.name, "heads": HEADS, "max_tokens": SERVED_TOKENS, "context_tokens": SERVED_CONTEXT}, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["prepare", "train", "export"])
    parser.add_argument("--model", required=True, help="the served model.onnx; its tokenizer.json stands beside it")
    parser.add_argument("--config", required=True, help="the base's config.json")
    parser.add_argument("--tokens-dir", required=True, help="folder that `PolicyGateway.Training tokens` wrote, with --extra")
    parser.add_argument("--work", required=True, help="folder for windows, states, weights and the graph")
    parser.add_argument("--tool", default="src/PolicyGateway.Training", help="the project that runs the graph")
    parser.add_argument("--name", default="refined", help="of weights and bundle")
    parser.add_argument("--kept", type=int, default=8, help="layers at the bottom that stay as they are")
    parser.add_argument("--rows", type=int, default=12000, help="of those that were trained on, which the model is to remember")
    parser.add_argument("--often", nargs="*", default=[], help="sources of which three times as many rows are taken")
    parser.add_argument("--teacher", help="model.onnx of another encoder with the same vocabulary and heads, which teaches --teacher-heads, too")
    parser.add_argument("--teacher-heads", nargs="*", default=[], choices=HEADS, help="heads that it teaches; their rows are taken twice as often")
    parser.add_argument("--per-source", type=int, default=250, help="rows of each source left out that is reported")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--taught", type=float, default=0.8, help="what the model's own word counts against the label")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.teacher_heads = [HEADS.index(head) for head in arguments.teacher_heads]
    os.makedirs(arguments.work, exist_ok=True)
    with open(arguments.config) as file:
        config = json.load(file)
    {"prepare": prepare, "train": train, "export": export}[arguments.step](arguments, Rows(arguments.tokens_dir), config)


if __name__ == "__main__":
    main()
