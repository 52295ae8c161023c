#!/usr/bin/env python3
"""Leave-source-out experiments: trains every given setting on each three folds of sources, reports on the fourth.

EXPERIMENTS is a JSON object of names and settings, run in that order, folds side by side; {"soup": [names]} is the mean of
those runs' weights, made when all others are done and left out where one of them is not. Figures, of what is served, go to
results.jsonl as they come; what cannot be done before the time is up is left out. With --folds -1 everything is trained on
everything and reported on the development split: the last run.
"""
import argparse
import json
import multiprocessing
import os
import time
import traceback

import numpy as np
import torch

from data import Rows
from train import HEADS_SEED, Settings, evaluate, train
from model import FLAGGED, from_base, write_safetensors

FOLDS = 4


class NotDone(Exception):
    """A run that could not be done; says why."""


def weights_file(arguments, name, fold):
    return f"{arguments.scratch}/{name}-{fold}.pt"


def run(rows, arguments, name, experiment, fold, until, log):
    settings = Settings(**{**experiment.get("settings", {}), "leave": fold})
    device = torch.device(arguments.device)
    if "soup" in experiment:
        model = from_base(arguments.base, settings.exit_layer, HEADS_SEED)
        missing = [part for part in experiment["soup"] if not os.path.exists(weights_file(arguments, part, fold))]
        if missing:
            raise NotDone(f"without {', '.join(missing)}")
        parts = [torch.load(weights_file(arguments, part, fold)) for part in experiment["soup"]]
        mean = {key: sum(part[key] for part in parts) / len(parts) for key in parts[0]}
        model.load_state_dict(mean, strict=False)
        model = model.to(device).eval()
        write_safetensors(f"{arguments.scratch}/{name}-{fold}.safetensors", mean)
    else:
        model = train(rows, arguments.base, settings, device, log=log, until=until)
        torch.save({key: value.detach().cpu() for key, value in model.named_parameters() if value.requires_grad},
                   weights_file(arguments, name, fold))
    chosen = np.flatnonzero(rows.held_out if fold < 0 else (rows.fold == fold) & ~rows.held_out)
    logits, figures = evaluate(model, rows, chosen, device)
    full = logits if experiment.get("keep") else logits[:, :, FLAGGED]
    np.save(f"{arguments.scratch}/{name}-{fold}.logits.npy", full.astype(np.float16))
    return figures


def work(arguments, experiments, jobs, results, until):
    rows = Rows(arguments.tokens_dir)
    torch.set_num_threads(2)
    longest = 0
    while (job := jobs.get()) is not None:
        name, fold = job
        began = time.time()
        try:
            if began + longest > until:
                # Begun, it would take from those that can still end.
                raise NotDone("no time left")
            figures = run(rows, arguments, name, experiments[name], fold, until,
                          lambda text: print(f"{name} without {fold}: {text}", flush=True))
            longest = max(longest, time.time() - began)
            results.put((name, fold, figures, time.time() - began))
        except TimeoutError:
            print(f"{name} without {fold}: no time left", flush=True)
        except NotDone as reason:
            print(f"{name} without {fold}: not done, {reason}", flush=True)
        except Exception:
            traceback.print_exc()
    results.put(None)


def phase(arguments, experiments, names, until, file):
    """Runs some experiments, all folds of one side by side, and writes their figures."""
    context = multiprocessing.get_context("spawn")
    jobs, results = context.Queue(), context.Queue()
    for name in names:
        for fold in arguments.folds:
            jobs.put((name, fold))
    workers = [context.Process(target=work, args=(arguments, experiments, jobs, results, until)) for _ in range(arguments.workers)]
    for worker in workers:
        jobs.put(None)
        worker.start()
    left = len(workers)
    while left:
        result = results.get()
        if result is None:
            left -= 1
            continue
        name, fold, figures, seconds = result
        file.write(json.dumps({"name": name, "fold": fold, "seconds": seconds, "experiment": experiments[name], **figures}) + "\n")
        file.flush()
        served, whole = figures["served"], figures["whole"]
        print(f"{name} fold {fold}: auc {served['auc']:.4f} (prompts {served['prompts']:.4f}, completions {served['completions']:.4f}, "
              f"written {served['written']:.4f}, heads {served['heads']:.4f}; whole {whole['auc']:.4f}), "
              f"recall at 1 % {served['recall at 1 %']:.3f}, at 10 % {served['recall at 10 %']:.3f}; "
              f"padded {figures['prefix']:.3f} {figures['suffix']:.3f} {figures['page']:.3f}, auc {figures['padded auc']:.4f}; {seconds:.0f} s", flush=True)
    for worker in workers:
        worker.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiments", help="JSON file")
    parser.add_argument("--base", required=True, help="folder of the base: config.json, weights.fp16.safetensors")
    parser.add_argument("--tokens-dir", required=True, help="folder that `PolicyGateway.Training tokens` wrote")
    parser.add_argument("--out", required=True, help="folder for results.jsonl")
    parser.add_argument("--scratch", default="/tmp/sweep", help="folder for weights and logits of each run")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=FOLDS, help="runs at a time")
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)), help="which are left out; -1: none")
    parser.add_argument("--seconds", type=float, default=1e9, help="when to stop")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    os.makedirs(arguments.scratch, exist_ok=True)
    with open(arguments.experiments) as file:
        experiments = json.load(file)
    until = time.time() + arguments.seconds
    with open(f"{arguments.out}/results.jsonl", "a") as file:
        phase(arguments, experiments, [name for name in experiments if "soup" not in experiments[name]], until, file)
        phase(arguments, experiments, [name for name in experiments if "soup" in experiments[name]], float("inf"), file)


if __name__ == "__main__":
    main()
