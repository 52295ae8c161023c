"""The encoder: multilingual-e5-small (a BERT) with two classification heads, one part of the way up and one at the top.

Plain modules, with the parameter names of the usual BERT implementation, so that published weights load as they are and so
that PyTorch 1.13 on a CPU runs it as well as a current one on a GPU.
"""
import json
import math
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HEADS = ["cyber", "bio", "chem", "nuclear", "weapons", "fraud", "influence", "adult", "self_harm", "violence_hate",
         "privacy", "illicit", "minors", "jailbreak", "flagged", "prohibited"]
FLAGGED = HEADS.index("flagged")
BEGIN, PAD, END = 0, 1, 2
LOWEST = -1e4
EPSILON = 1e-12

SPAN, STRIDE = 16, 8
SHORTEST_TEXT = 20  # tokens from which on spans differ enough from the whole


class Attention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.rate = heads, dropout
        self.self = nn.Module()
        self.self.query, self.self.key, self.self.value = (nn.Linear(width, width) for _ in range(3))
        self.output = nn.Module()
        self.output.dense = nn.Linear(width, width)
        self.output.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, bias):
        batch, tokens, width = x.shape
        query, key, value = (part(x).view(batch, tokens, self.heads, -1).transpose(1, 2)
                             for part in (self.self.query, self.self.key, self.self.value))
        rate = self.rate if self.training else 0.0
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype), dropout_p=rate)
        else:
            weights = (query @ key.transpose(2, 3) / math.sqrt(width // self.heads) + bias).softmax(-1)
            mixed = F.dropout(weights, rate) @ value
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, width)
        return self.output.LayerNorm(x + self.dropout(self.output.dense(mixed)))


class Layer(nn.Module):
    def __init__(self, width, heads, inner, dropout):
        super().__init__()
        self.attention = Attention(width, heads, dropout)
        self.intermediate = nn.Module()
        self.intermediate.dense = nn.Linear(width, inner)
        self.output = nn.Module()
        self.output.dense = nn.Linear(inner, width)
        self.output.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, bias):
        x = self.attention(x, bias)
        return self.output.LayerNorm(x + self.dropout(self.output.dense(F.gelu(self.intermediate.dense(x)))))


class Head(nn.Module):
    """Logits of a window, or of a span of it, from the mean of its token states, their maximum, and the window's first one."""

    def __init__(self, width, dropout):
        super().__init__()
        self.norm = nn.LayerNorm(3 * width)
        self.inner = nn.Linear(3 * width, width)
        self.outer = nn.Linear(width, len(HEADS))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask):
        x = x.float()
        mask = mask.unsqueeze(2)
        mean = (x * mask).sum(1) / mask.sum(1)
        maximum = x.masked_fill(mask == 0, LOWEST).amax(1)
        return self.judge(mean, maximum, x[:, 0])

    def spans(self, x, mask, starts):
        """The highest logits of the spans of each window's text, which begins at `starts`; the lowest where it is short."""
        x = x.float()
        batch, tokens, width = x.shape
        places = starts[:, None] + torch.arange(-(-tokens // STRIDE) * STRIDE, device=x.device)
        inside = places < mask.sum(1, keepdim=True)
        text = x.gather(1, places.clamp(max=tokens - 1)[:, :, None].expand(-1, -1, width))
        # A span is two strides side by side; the first and the last reach half beyond either end.
        inside = inside.view(batch, -1, STRIDE, 1)
        text = text.view(batch, -1, STRIDE, width)
        count = F.pad(inside.float().sum(2), (0, 0, 1, 1))
        total = F.pad((text * inside).sum(2), (0, 0, 1, 1))
        highest = F.pad(text.masked_fill(~inside, LOWEST).amax(2), (0, 0, 1, 1), value=LOWEST)
        count, total = count[:, :-1] + count[:, 1:], total[:, :-1] + total[:, 1:]
        highest = torch.maximum(highest[:, :-1], highest[:, 1:])
        logits = self.judge(total / count.clamp(min=1), highest, x[:, :1].expand(-1, total.shape[1], -1))
        length = mask.sum(1).long() - starts
        there = torch.arange(total.shape[1], device=x.device) * STRIDE <= length[:, None]
        there = there & (length > SHORTEST_TEXT)[:, None]
        return logits.masked_fill(~there[:, :, None], LOWEST).amax(1)

    def judge(self, mean, maximum, first):
        with torch.autocast(mean.device.type, enabled=False):
            pooled = self.norm(torch.cat([mean, maximum, first], -1))
            return self.outer(self.dropout(F.gelu(self.inner(self.dropout(pooled)))))


class Guard(nn.Module):
    """Ids to the logits of the early head, after `exit_layer` layers, of the last one, and of the last one as it is served.

    Served is the highest of a window and its text's spans, as `export.py` builds it.
    """

    def __init__(self, config, exit_layer, dropout=0.1):
        super().__init__()
        width = config["hidden_size"]
        self.config, self.exit_layer = config, exit_layer
        self.embeddings = nn.Module()
        self.embeddings.word_embeddings = nn.Embedding(config["vocab_size"], width)
        self.embeddings.position_embeddings = nn.Embedding(config["max_position_embeddings"], width)
        self.embeddings.token_type_embeddings = nn.Embedding(config["type_vocab_size"], width)
        self.embeddings.LayerNorm = nn.LayerNorm(width, EPSILON)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(
            Layer(width, config["num_attention_heads"], config["intermediate_size"], dropout)
            for _ in range(config["num_hidden_layers"]))
        self.early = Head(width, dropout)
        self.last = Head(width, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids, starts):
        mask = (ids != PAD).float()
        bias = ((1 - mask) * -1e4)[:, None, None, :]
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.embeddings.LayerNorm(
            self.embeddings.word_embeddings(ids)
            + self.embeddings.position_embeddings(places)
            + self.embeddings.token_type_embeddings.weight[0])
        x = self.dropout(x)
        early = None
        for number, layer in enumerate(self.encoder.layer, 1):
            x = layer(x, bias)
            if number == self.exit_layer:
                early = self.early(x, mask)
        whole = self.last(x, mask)
        return early, whole, torch.maximum(whole, self.last.spans(x, mask, starts))


def read_safetensors(path):
    """Tensors by name, in single precision."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    types = {"F16": np.float16, "F32": np.float32}
    return {
        name: torch.from_numpy(
            np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).astype(np.float32).reshape(entry["shape"]))
        for name, entry in header.items() if name != "__metadata__"
    }


def write_safetensors(path, tensors, dtype=np.float16):
    """Writes tensors by name, in half precision unless told otherwise."""
    arrays = {name: tensor.detach().cpu().float().numpy().astype(dtype) for name, tensor in tensors.items()}
    kind = {np.float16: "F16", np.float32: "F32"}[dtype]
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(array.tobytes())


def from_base(directory, exit_layer, seed, dropout=0.1):
    """A guard with the base's weights. Runs that are to be averaged take the same seed here: their heads begin alike."""
    with open(f"{directory}/config.json") as file:
        config = json.load(file)
    torch.manual_seed(seed)
    guard = Guard(config, exit_layer, dropout)
    missing, unexpected = guard.load_state_dict(read_safetensors(f"{directory}/weights.fp16.safetensors"), strict=False)
    if any(not name.startswith(("early.", "last.")) for name in missing) or unexpected:
        raise ValueError(f"{directory} is not this encoder's base: missing {missing}, unexpected {unexpected}.")
    return guard
