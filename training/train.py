#!/usr/bin/env python3
"""Fine-tunes the encoder on the permissive rows, on all of them or on three folds of sources of the four.

The seed sets the order of the data and what is done to it; the heads begin alike in every run, so that runs can be averaged
(sweep.py). A run that was stopped goes on after its last whole epoch.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import metrics
from data import SERVED_CONTEXT, SERVED_TOKENS, Rows, Sampler, pad, text_start, windows
from model import FLAGGED, HEADS, from_base, write_safetensors

HEADS_SEED = 1
WARM_UP = 0.06
FEWEST = 20  # positives from which on a head's figure says something


@dataclasses.dataclass
class Settings:
    epochs: int = 4
    rate: float = 1e-4           # learning rate of the uppermost layer
    head_rate: float = 1e-3
    layer_decay: float = 0.85    # each layer below learns by so much more slowly
    frozen: int = 0              # layers at the bottom that stay the base's
    exit_layer: int = 4
    exit_weight: float = 0.4     # what the early head's loss counts
    spans: float = 0.0           # what the loss on the highest of window and spans counts; the rest is the window's own
    tokens: int = 256            # of one window
    context: int = 64            # of a completion's prompt, at most
    batch_tokens: int = 12288
    balance: float = 0.25        # a row counts as its source's size to minus this
    smoothing: float = 0.0       # of the labels
    surround: float = 0.35       # how often something harmless is put around a text
    respell: float = 0.15        # how often a text is taken in its other spelling
    drop: float = 0.0            # tokens left out, at most
    average: float = 0.998       # of the weights, per step
    dropout: float = 0.1
    decay: float = 0.01
    seed: int = 1
    leave: int = -1              # the fold of sources that is left out; -1 for none


def groups(model, settings):
    """Parameters by learning rate: heads fastest, then layers from the top down, embeddings' tables not at all."""
    result = {}
    count = len(model.encoder.layer)
    for name, parameter in model.named_parameters():
        if name.startswith(("early.", "last.")):
            rate = settings.head_rate
        elif name.startswith("encoder.layer."):
            number = int(name.split(".")[2])
            if number < settings.frozen:
                parameter.requires_grad_(False)
                continue
            rate = settings.rate * settings.layer_decay ** (count - 1 - number)
        else:
            parameter.requires_grad_(False)
            continue
        decay = settings.decay if parameter.dim() > 1 else 0.0
        result.setdefault((rate, decay), []).append(parameter)
    return [{"params": parameters, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), parameters in result.items()]


def loss_of(early, whole, served, labels, weight, settings):
    """Cross entropy of every head, `flagged` counted as much as four; the early head learns from the last one, too."""
    targets = labels * (1 - settings.smoothing) + 0.5 * settings.smoothing
    importance = torch.ones(len(HEADS), device=labels.device)
    importance[FLAGGED] = 4.0

    def entropy(logits, truth):
        each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * importance
        return (each.sum(1) / importance.sum() * weight).mean()

    taught = 0.5 * targets + 0.5 * whole.detach().sigmoid()
    loss = settings.exit_weight * entropy(early, taught)
    if settings.spans < 1:
        loss = loss + (1 - settings.spans) * entropy(whole, targets)
    if settings.spans:
        loss = loss + settings.spans * entropy(served, targets)
    return loss


def chosen_rows(rows, settings):
    return np.flatnonzero(rows.trainable & ((rows.fold != settings.leave) if settings.leave >= 0 else True))


def train(rows, base, settings, device, directory=None, log=print, until=None):
    """A trained guard, its weights averaged over the steps."""
    torch.manual_seed(settings.seed)
    model = from_base(base, settings.exit_layer, HEADS_SEED, settings.dropout).to(device)
    torch.manual_seed(settings.seed)
    sampler = Sampler(rows, chosen_rows(rows, settings), settings)
    optimizer = torch.optim.AdamW(groups(model, settings), betas=(0.9, 0.98))
    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    average = [parameter.detach().clone() for _, parameter in trained]
    checkpoint = f"{directory}/checkpoint.pt" if directory else None
    first, step = 0, 0
    if checkpoint and os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location=device)
        model.load_state_dict(state["model"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        average, first, step = state["average"], state["epoch"], state["step"]
    model.train()
    began, seen = time.time(), 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        def prepare(epoch):
            return list(sampler.epoch(settings.seed * 1000 + epoch))

        following = pool.submit(prepare, first)
        for epoch in range(first, settings.epochs):
            batches = following.result()
            if epoch + 1 < settings.epochs:
                following = pool.submit(prepare, epoch + 1)
            total = len(batches) * settings.epochs
            sums = torch.zeros((), device=device)
            for numbers, ids, starts, weight in batches:
                share = step / total
                pace = min(share / WARM_UP, (1 - share) / (1 - WARM_UP))
                for group in optimizer.param_groups:
                    group["lr"] = group["peak"] * pace
                ids, starts, weight, truth = (
                    torch.from_numpy(array).to(device, non_blocking=True) for array in (ids, starts, weight, rows.labels[numbers]))
                with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
                    early, whole, served = model(ids, starts)
                loss = loss_of(early, whole, served, truth, weight, settings)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_([parameter for _, parameter in trained], 1.0)
                optimizer.step()
                step += 1
                keep = min(settings.average, (1 + step) / (10 + step))
                with torch.no_grad():
                    if hasattr(torch, "_foreach_lerp_"):
                        torch._foreach_lerp_(average, [parameter.detach() for _, parameter in trained], 1 - keep)
                    else:
                        for mean, (_, parameter) in zip(average, trained):
                            mean.lerp_(parameter.detach(), 1 - keep)
                sums += loss.detach()
                seen += ids.numel()
                if until and time.time() > until:
                    raise TimeoutError
            log(f"epoch {epoch + 1} of {settings.epochs}: loss {sums.item() / len(batches):.4f}, {seen / (time.time() - began):,.0f} tokens/s")
            if checkpoint:
                torch.save({"model": {name: parameter for name, parameter in trained}, "optimizer": optimizer.state_dict(),
                            "average": average, "epoch": epoch + 1, "step": step}, checkpoint + ".part")
                os.replace(checkpoint + ".part", checkpoint)
    with torch.no_grad():
        for mean, (_, parameter) in zip(average, trained):
            parameter.copy_(mean)
    return model.eval()


@torch.no_grad()
def score(model, prompts, texts, device, batch_tokens=49152):
    """Logits of early head, whole windows and what is served, the maximum over the windows as they are served: [texts, 3, heads]."""
    owners, made, starts = [], [], []
    for index, (prompt, text) in enumerate(zip(prompts, texts)):
        prompt = prompt[-SERVED_CONTEXT:]
        for window in windows(prompt, text, SERVED_TOKENS):
            owners.append(index)
            made.append(window)
            starts.append(text_start(prompt))
    owners, starts = np.array(owners), np.array(starts)
    result = np.full((len(texts), 3, len(HEADS)), -np.inf, np.float32)
    order = sorted(range(len(made)), key=lambda place: len(made[place]))
    at = 0
    while at < len(order):
        end = at + 1
        while end < len(order) and len(made[order[end]]) * (end + 1 - at) <= batch_tokens:
            end += 1
        batch = order[at:end]
        ids = torch.from_numpy(pad([made[place] for place in batch])).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            logits = torch.stack(model(ids, torch.from_numpy(starts[batch]).to(device)), 1).float().cpu().numpy()
        np.maximum.at(result, owners[batch], logits)
        at = end
    return result


def surrounded(rows, chosen, harmless, random):
    """The texts of `chosen` with thirty harmless tokens in front, behind, and a page in front."""

    def words(count):
        parts, have = [], 0
        while have < count:
            part = rows.texts[random.choice(harmless)]
            parts.append(part)
            have += len(part)
        return np.concatenate(parts)[:count]

    return {
        "prefix": [np.concatenate([words(36), rows.texts[index]]) for index in chosen],
        "suffix": [np.concatenate([rows.texts[index], words(36)]) for index in chosen],
        "page": [np.concatenate([words(420), rows.texts[index]]) for index in chosen],
    }


def report(rows, chosen, logits, model, device):
    """Figures of `flagged` on rows left out, of the early head, of whole windows and of what is served."""
    truth, completion, written = rows.flagged[chosen], rows.completion[chosen], rows.written[chosen]
    result = {"rows": len(chosen)}
    for name, column in (("early", 0), ("whole", 1), ("served", 2)):
        scores = logits[:, column, FLAGGED]
        result[name] = {
            "auc": metrics.auc(scores, truth),
            "prompts": metrics.auc(scores[~completion], truth[~completion]),
            "completions": metrics.auc(scores[completion], truth[completion]),
            "written": metrics.auc(scores[written], truth[written]),
            "heads": np.mean([metrics.auc(logits[:, column, head], labels) for head, labels in enumerate(rows.labels[chosen].T > 0)
                              if labels.sum() >= FEWEST]),
            "recall at 1 %": metrics.recall_at(scores, truth, 0.01),
            "recall at 10 %": metrics.recall_at(scores, truth, 0.10),
        }
    final = logits[:, 2, FLAGGED]
    edge = np.quantile(final[~truth], 0.85)
    held = np.flatnonzero(final > edge)
    # What the early head may clear where it misses 0.5 % of what the last one holds.
    clear = np.quantile(logits[held, 0, FLAGGED], 0.005)
    result["early clears"] = float((logits[~truth, 0, FLAGGED] < clear).mean())
    if model is not None:
        random = np.random.default_rng(7)
        benign = np.flatnonzero(~rows.flagged & ~rows.completion & rows.held_out)[:1500]
        alone = score(model, [rows.prompts[index] for index in benign], [rows.texts[index] for index in benign], device)[:, 2, FLAGGED]
        # What is put around a text must not be held for its own sake.
        harmless = benign[alone < np.quantile(alone, 0.6)]
        some = np.concatenate([random.permutation(np.flatnonzero(truth))[:1200], random.permutation(np.flatnonzero(~truth))[:600]])
        was_held = truth[some] & (final[some] > edge)
        ranks = []
        for name, texts in surrounded(rows, chosen[some], harmless, random).items():
            after = score(model, [rows.prompts[index] for index in chosen[some]], texts, device)[:, 2, FLAGGED]
            result[name] = float((after[was_held] > edge).mean())
            ranks.append(metrics.auc(after, truth[some]))
        # Of texts that all have something around them: what stays held because everything is held more does not count here.
        result["padded auc"] = float(np.mean(ranks))
    return result


def evaluate(model, rows, chosen, device):
    logits = score(model, [rows.prompts[index] for index in chosen], [rows.texts[index] for index in chosen], device)
    return logits, report(rows, chosen, logits, model, device)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="folder of the base: config.json, weights.fp16.safetensors")
    parser.add_argument("--tokens-dir", required=True, help="folder that `PolicyGateway.Training tokens` wrote")
    parser.add_argument("--out", required=True, help="folder for checkpoint, weights and figures")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    for field in dataclasses.fields(Settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=field.type, default=field.default)
    arguments = parser.parse_args()
    settings = Settings(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(Settings)})
    os.makedirs(arguments.out, exist_ok=True)
    device = torch.device(arguments.device)
    rows = Rows(arguments.tokens_dir)
    model = train(rows, arguments.base, settings, device, arguments.out)
    write_safetensors(f"{arguments.out}/weights.fp16.safetensors",
                      {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad})
    chosen = np.flatnonzero(rows.held_out if settings.leave < 0 else (rows.fold == settings.leave) & ~rows.held_out)
    logits, figures = evaluate(model, rows, chosen, device)
    np.save(f"{arguments.out}/logits.npy", logits.astype(np.float16))
    with open(f"{arguments.out}/run.json", "w") as file:
        json.dump({"settings": dataclasses.asdict(settings), "figures": figures}, file, indent=1)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
