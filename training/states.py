"""What `refine.py prepare` left: windows, and what the served graph gave for them."""
import numpy as np
import torch

from model import HEADS


class Windows:
    """Windows and what the served graph gave for them. `row` is the number of the row that each comes from."""

    def __init__(self, directory, name, width):
        self.row = np.load(f"{directory}/{name}.rows.npy")
        self.taught_by = np.load(f"{directory}/{name}.taught-by.npy")
        values = np.fromfile(f"{directory}/{name}.windows.bin", "<i4")
        self.length, self.start, at = [], [], 0
        while at < len(values):
            self.length.append(values[at])
            self.start.append(values[at + 1])
            at += 2 + values[at]
        self.length, self.start = np.array(self.length), np.array(self.start)
        size = 2 * len(HEADS) + self.length * width
        self.at = np.concatenate([[0], np.cumsum(size)])
        self.values = np.memmap(f"{directory}/{name}.states.f16", np.float16, "r")
        if len(self.values) != self.at[-1] or len(self.row) != len(self.length):
            raise ValueError(f"{name}.states.f16 holds {len(self.values)} values, {self.at[-1]} belong to its windows.")
        self.width = width
        heads = np.arange(len(HEADS))
        self.served = self.values[self.at[:-1, None] + heads].astype(np.float32)
        self.whole = self.values[self.at[1:, None] - len(HEADS) + heads].astype(np.float32)

    def batch(self, places):
        longest = self.length[places].max()
        states = np.zeros((len(places), longest, self.width), np.float32)
        mask = np.zeros((len(places), longest), np.float32)
        for index, place in enumerate(places):
            count = self.length[place]
            begin = self.at[place] + len(HEADS)
            states[index, :count] = self.values[begin:begin + count * self.width].reshape(count, self.width)
            mask[index, :count] = 1
        return torch.from_numpy(states), torch.from_numpy(mask), torch.from_numpy(self.start[places].astype(np.int64))

    def batches(self, tokens, random=None):
        """Places of windows of like length, `tokens` together."""
        noise = random.uniform(0, 4, len(self.length)) if random else 0
        result, batch = [], []
        for place in np.argsort(self.length + noise, kind="stable"):
            if batch and self.length[place] * (len(batch) + 1) > tokens:
                result.append(np.array(batch))
                batch = []
            batch.append(place)
        result.append(np.array(batch))
        if random:
            random.shuffle(result)
        return result
