"""The served graph, cut in two between layers: what stands below gives states, what stands above is trained and put back."""
import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from export import Graph, finish, head, layer
from model import Guard

STATES, WHOLE = "states", "whole"  # outputs beside the graph's own


class Served:
    """The graph of a bundle, cut above its first `kept` layers."""

    def __init__(self, path, config, kept):
        self.model, self.config, self.kept = onnx.load(path), config, kept
        self.constants = {tensor.name: tensor for tensor in self.model.graph.initializer}
        norms = [place for place, node in enumerate(self.model.graph.node) if node.op_type == "LayerNormalization"]
        self.cut = norms[2 * kept]  # the embeddings have one, each layer two

    @property
    def cut_name(self):
        return self.model.graph.node[self.cut].output[0]

    def with_states(self):
        """The graph with two more outputs: the states at the cut, and the logits of whole windows without their spans."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        served = [node for node in model.graph.node if node.op_type == "Max"][-1]
        for name, source in ((STATES, self.cut_name), (WHOLE, served.input[0])):
            model.graph.node.append(helper.make_node("Identity", [source], [name]))
            model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        return model

    def weights(self):
        """What stands in the graph above the cut, in single precision, by the names of `model.py`."""
        array = {name: numpy_helper.to_array(tensor) for name, tensor in self.constants.items()}
        width, heads = self.config["hidden_size"], self.config["num_attention_heads"]
        result = {}

        def dense(name):
            return array[f"{name}.int8"].astype(np.float32) * array[f"{name}.scale"] * array[f"{name}.smooth"][:, None], array[f"{name}.bias"]

        for number in range(self.kept, self.config["num_hidden_layers"]):
            name = f"encoder.layer.{number}"
            matrix, bias = (part.copy() for part in dense(f"{name}.attention.self"))
            matrix[:, :width] *= np.sqrt(width // heads)
            bias[:width] *= np.sqrt(width // heads)
            for at, part in enumerate(("query", "key", "value")):
                result[f"{name}.attention.self.{part}.weight"] = matrix[:, at * width:(at + 1) * width].T
                result[f"{name}.attention.self.{part}.bias"] = bias[at * width:(at + 1) * width]
            for part in ("attention.output.dense", "intermediate.dense", "output.dense"):
                matrix, bias = dense(f"{name}.{part}")
                result[f"{name}.{part}.weight"], result[f"{name}.{part}.bias"] = matrix.T, bias
            for part in ("attention.output.LayerNorm", "output.LayerNorm"):
                for kind in ("weight", "bias"):
                    result[f"{name}.{part}.{kind}"] = array[f"{name}.{part}.{kind}"]
        for part in ("inner", "outer"):
            result[f"last.{part}.weight"], result[f"last.{part}.bias"] = array[f"last.{part}.weight"].T, array[f"last.{part}.bias"]
        for kind in ("weight", "bias"):
            result[f"last.norm.{kind}"] = array[f"last.norm.{kind}"]
        return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in result.items()}

    def rebuilt(self, weights, largest):
        """The graph with other weights above the cut; everything below is as it was."""
        graph = Graph(weights, largest)
        graph.nodes = list(self.model.graph.node[:self.cut + 1])
        graph.count = len(graph.nodes)
        used = {name for node in graph.nodes for name in node.input}
        graph.constants = {name: tensor for name, tensor in self.constants.items() if name in used}
        x = self.cut_name
        for number in range(self.kept, self.config["num_hidden_layers"]):
            x = layer(graph, x, number, self.config["num_attention_heads"], self.config["hidden_size"])
        return finish(graph, head(graph, x, "last"))


class Upper(torch.nn.Module):
    """Layers above the cut and the head: states to the logits of whole windows and of what is served."""

    def __init__(self, config, kept, weights, dropout):
        super().__init__()
        guard = Guard({**config, "vocab_size": 1}, 0, dropout)
        self.layers, self.last, self.kept = guard.encoder.layer[kept:], guard.last, kept
        self.load(weights)

    def load(self, weights):
        own = self.named()
        if set(own) != set(weights):
            raise ValueError(f"Weights of other names: {sorted(set(own) ^ set(weights))[:4]}.")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(weights[name])

    def named(self):
        """Parameters by the names of `model.py`."""
        result = {}
        for name, parameter in self.named_parameters():
            if name.startswith("layers."):
                _, number, rest = name.split(".", 2)
                name = f"encoder.layer.{int(number) + self.kept}.{rest}"
            result[name] = parameter
        return result

    def forward(self, x, mask, starts):
        bias = ((1 - mask) * -1e4)[:, None, None, :]
        for each in self.layers:
            x = each(x, bias)
        whole = self.last(x, mask)
        return whole, torch.maximum(whole, self.last.spans(x, mask, starts))
