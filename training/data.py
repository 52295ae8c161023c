"""Token ids and labels as `PolicyGateway.Training tokens` writes them, and what a run makes of them."""
import json

import numpy as np

from model import BEGIN, END, FLAGGED, HEADS, PAD

WRITTEN_TIMES = 4
SERVED_TOKENS, SERVED_CONTEXT = 128, 32  # of a window, and of a completion's prompt in it, as the gateway cuts them


class Rows:
    """Labelled rows: ids of prompt's end, text and respelt text, labels, and where each comes from."""

    def __init__(self, directory):
        tokens = np.fromfile(f"{directory}/tokens.bin", "<i4")
        self.prompts, self.texts, self.respelt, meta = [], [], [], []
        at = 0
        with open(f"{directory}/rows.jsonl") as file:
            for line in file:
                row = json.loads(line)
                for name, to in (("prompt", self.prompts), ("text", self.texts), ("respelt", self.respelt)):
                    to.append(tokens[at:at + row[name]])
                    at += row[name]
                meta.append(row)
        if at != len(tokens):
            raise ValueError(f"tokens.bin in {directory} holds {len(tokens)} ids, rows.jsonl names {at}.")
        self.ids = [row["id"] for row in meta]
        self.labels = np.zeros((len(meta), len(HEADS)), np.float32)
        for index, row in enumerate(meta):
            self.labels[index, row["heads"]] = 1
        self.source = np.array([row["source"] for row in meta])
        self.language = np.array([row["lang"] for row in meta])
        self.completion = np.array([row["completion"] for row in meta])
        self.trainable = np.array([row["trainable"] for row in meta])
        self.held_out = np.array([row["heldOut"] for row in meta])
        self.written = np.array([row["pair"] is not None for row in meta])
        self.fold = np.array([row["fold"] for row in meta])

    def __len__(self):
        return len(self.ids)

    @property
    def flagged(self):
        return self.labels[:, FLAGGED] > 0


def assemble(prompt, text):
    """One window: <s> text </s>, or <s> prompt's end </s> text </s>."""
    parts = [[BEGIN], prompt, [END], text, [END]] if len(prompt) else [[BEGIN], text, [END]]
    return np.concatenate(parts).astype(np.int64)


def text_start(prompt):
    """The place of a window's first token of text."""
    return len(prompt) + 2 if len(prompt) else 1


def windows(prompt, text, most):
    """A text's windows as the gateway cuts them: each shares a quarter of its room with the one before."""
    room = most - text_start(prompt) - 1
    start, result = 0, []
    while True:
        result.append(assemble(prompt, text[start:start + room]))
        if start + room >= len(text):
            return result
        start += room - room // 4


class Sampler:
    """Makes one epoch of windows of the chosen rows, each a little otherwise than the last time."""

    def __init__(self, rows, chosen, settings):
        self.rows, self.settings = rows, settings
        self.order = np.concatenate([chosen] + [chosen[rows.written[chosen]]] * (WRITTEN_TIMES - 1))
        self.benign = chosen[~rows.flagged[chosen]]
        names, counts = np.unique(rows.source[chosen], return_counts=True)
        size = dict(zip(names, counts))
        weight = np.array([size[source] ** -settings.balance for source in rows.source[self.order]])
        self.weight = dict(zip(self.order.tolist(), (weight / weight.mean()).tolist()))

    def epoch(self, seed):
        """Batches of (row numbers, padded ids, starts of text, weights), windows of like length together, in random order."""
        random = np.random.default_rng(seed)
        made, starts = zip(*(self._window(index, random) for index in self.order))
        starts = np.array(starts)
        length = np.array([len(window) for window in made])
        by_length = np.argsort(length + random.uniform(0, 4, len(made)))
        batches, batch = [], []
        for place in by_length:
            if batch and length[place] * (len(batch) + 1) > self.settings.batch_tokens:
                batches.append(batch)
                batch = []
            batch.append(place)
        batches.append(batch)
        random.shuffle(batches)
        for batch in batches:
            numbers = self.order[batch]
            yield numbers, pad([made[place] for place in batch]), starts[batch], np.array([self.weight[n] for n in numbers.tolist()], np.float32)

    def _window(self, index, random):
        settings = self.settings
        prompt, text, room = self.passage(index, random)
        if random.random() < settings.surround:
            text = self.surround(text, room, random)
        if settings.drop:
            text = text[random.random(len(text)) >= settings.drop * random.random()]
        return assemble(prompt, text), text_start(prompt)

    def passage(self, index, random):
        """A row's prompt, as much of its text as a window holds beside it, and how much that is at most."""
        rows, settings = self.rows, self.settings
        text = rows.texts[index]
        if len(rows.respelt[index]) and random.random() < settings.respell:
            text = rows.respelt[index]
        prompt = rows.prompts[index][-settings.context:]
        if len(prompt) and random.random() < 0.1:
            prompt = prompt[:0]
        room = settings.tokens - text_start(prompt) - 1
        if len(text) > room:
            # Mostly the beginning: the label is the whole text's, and not every passage earns it.
            start = 0 if random.random() < 0.6 else int(random.integers(0, len(text) - room + 1))
            text = text[start:start + room]
        return prompt, text, room

    def surround(self, text, room, random):
        """Something harmless in front, behind or on both sides: it changes nothing about what the text is."""
        spare = room - len(text)
        if spare < 4:
            keep = int(random.integers(room // 3, room))
            start = int(random.integers(0, len(text) - keep + 1)) if len(text) > keep else 0
            text = text[start:start + keep]
            spare = room - len(text)
        count = int(min(spare, np.exp(random.uniform(np.log(4), np.log(220)))))
        words = []
        while sum(map(len, words)) < count:
            donor = self.rows.texts[random.choice(self.benign)]
            if len(donor):
                words.append(donor[:count])
        words = np.concatenate(words)[:count]
        if random.random() < 0.3:
            words = random.permutation(words)
        split = int(random.choice([0, count, random.integers(0, count + 1)]))
        return np.concatenate([words[:split], text, words[split:]])


def pad(windows_):
    """Windows to one array, filled up to a multiple of eight, which GPUs like."""
    result = np.full((len(windows_), -(-max(map(len, windows_)) // 8) * 8), PAD, np.int64)
    for row, window in zip(result, windows_):
        row[:len(window)] = window
    return result
