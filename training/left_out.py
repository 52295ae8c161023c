#!/usr/bin/env python3
"""What models say of the sources that they were trained without, for `policygateway evaluate --scores`.

sweep.py leaves the logits of every row of a fold, from a model that was trained on the other three. Each fold is calibrated
(a line per head and kind) on the other folds' left-out logits, so no probability was fitted on the source that it speaks of.
"""
import argparse
import gzip
import json

import numpy as np

from data import Rows
from model import HEADS

FOLDS = 4
FEWEST = 20
FLAGGED = HEADS.index("flagged")


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def fit(logits, truth, weight, steps=50):
    """Slope and offset of the likeliest line: Newton's method, each step halved until it helps."""
    design = np.stack([logits, np.ones_like(logits)], 1)

    def loss(line):
        z = design @ line
        return (weight * (np.logaddexp(0, z) - truth * z)).sum()

    line = np.array([0.1, 0.0])
    for _ in range(steps):
        probability = sigmoid(design @ line)
        gradient = design.T @ (weight * (probability - truth))
        curve = (design * (weight * probability * (1 - probability))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        while loss(line - step) > loss(line) and np.abs(step).max() > 1e-9:
            step = step / 2
        line = line - step
    return np.array([max(line[0], 0.02), line[1]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens-dir", required=True, help="folder that `PolicyGateway.Training tokens` wrote")
    parser.add_argument("--logits", required=True, help="where NAME-FOLD.logits.npy stand, or an .npz of them")
    parser.add_argument("--name", required=True, help="the experiment's name in sweep.py")
    parser.add_argument("--model", required=True, help="how the report is to call it")
    parser.add_argument("--out", required=True, help="the file to write, .jsonl.gz")
    arguments = parser.parse_args()
    rows = Rows(arguments.tokens_dir)
    packed = np.load(arguments.logits) if arguments.logits.endswith(".npz") else None
    logits = np.full((len(rows), len(HEADS)), np.nan)
    for fold in range(FOLDS):
        chosen = (rows.fold == fold) & ~rows.held_out
        name = f"{arguments.name}-{fold}"
        logits[chosen] = (packed[name] if packed is not None else np.load(f"{arguments.logits}/{name}.logits.npy")).astype(float)[:, -1]
    used = np.flatnonzero(~rows.held_out)
    sources, counts = np.unique(rows.source[used], return_counts=True)
    weight = 1 / np.array([dict(zip(sources, counts)).get(source, 1) for source in rows.source])
    weight = weight / weight[used].mean()
    probabilities = np.zeros_like(logits)
    for fold in range(FOLDS):
        for completion in (False, True):
            kind = (rows.completion == completion) & ~rows.held_out
            here, others = kind & (rows.fold == fold), kind & (rows.fold != fold)
            for head in range(len(HEADS)):
                truth = rows.labels[others, head]
                # A head with few texts of a kind takes the line of `flagged`.
                of = head if truth.sum() >= FEWEST else FLAGGED
                slope, offset = fit(logits[others, of], rows.labels[others, of], weight[others])
                probabilities[here, head] = sigmoid(slope * logits[here, head] + offset)
    with gzip.open(arguments.out, "wt", compresslevel=6) as file:
        for index in used:
            file.write(json.dumps({
                "id": rows.ids[index], "stage": "encoder", "model": arguments.model,
                "scores": {head: round(float(p), 6) for head, p in zip(HEADS, probabilities[index])}}) + "\n")


if __name__ == "__main__":
    main()
