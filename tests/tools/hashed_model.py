# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights and pictures from a counter-based hash: the same bits as tests/unit/model/hashed_model.cpp makes."""

import numpy as np

PICTURE_STREAM = 1 << 32
MASK = (1 << 64) - 1


def hash_of(stream, counters):
    """splitmix64, entered at each of `counters` (an array of uint64)."""
    with np.errstate(over="ignore"):
        z = (np.uint64((stream << 40) & MASK) + counters.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def unit(hashes):
    """From -1 up to, not including, 1, in steps that float32 holds exactly."""
    return ((hashes >> np.uint64(48)).astype(np.int32) - 32768).astype(np.float32) / np.float32(32768)


def distribution(name, shape):
    """Offset and scale of a tensor's values: about one over the root of a linear's inputs, so that attention has
    something to choose and the activations bend."""
    if "norm" in name:
        return (1.0 if name.endswith(".weight") else 0.0), 0.125
    if "position_embeddings" in name or "_token" in name:
        return 0.0, 0.5
    if "layer_scale" in name:
        return 0.5, 0.25
    if len(shape) == 1:
        return 0.0, 0.25
    inputs = int(np.prod(shape[1:]))
    return 0.0, 2.0 ** -(inputs.bit_length() // 2 - 1)


def parts(shapes):
    """The tensors that are read, DINOv2's joint gate and up as the two that they are."""
    out = {}
    for name, shape in shapes.items():
        if name.endswith("embeddings.mask_token"):
            continue
        if ".mlp.weights_in." in name:
            for part in ("gate_proj", "up_proj"):
                out[name.replace("weights_in", part)] = [shape[0] // 2, *shape[1:]]
        else:
            out[name.replace("mlp.weights_out", "mlp.down_proj")] = shape
    return out


def tensors(shapes):
    """The tensors of a model whose shapes are given by the names that transformers saves."""
    values = {}
    split = parts(shapes)
    for stream, name in enumerate(sorted(split)):
        shape = split[name]
        count = int(np.prod(shape))
        offset, scale = distribution(name, shape)
        value = np.float32(offset) + np.float32(scale) * unit(hash_of(stream, np.arange(count, dtype=np.uint64)))
        assert value.dtype == np.float32
        values[name] = value.reshape(shape)
    out = {}
    for name, shape in shapes.items():
        if name in values:
            out[name] = values[name]
        elif ".mlp.weights_in." in name:
            out[name] = np.concatenate([values[name.replace("weights_in", part)] for part in ("gate_proj", "up_proj")])
        elif ".mlp.weights_out." in name:
            out[name] = values[name.replace("weights_out", "down_proj")]
        else:
            out[name] = np.zeros(shape, np.float32)
    return out


def picture(height, width, number):
    """RGB, 8 bits: squares of one colour with noise on top."""
    square = max(height // 8, 1)
    stream = PICTURE_STREAM + number
    y, x, channel = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    colour = hash_of(stream, ((y // square) << 20) + ((x // square) << 8) + channel) >> np.uint64(56)
    noise = hash_of(stream + (1 << 16), np.arange(height * width * 3, dtype=np.uint64)).reshape(height, width, 3)
    return np.minimum(colour + (noise >> np.uint64(59)), 255).astype(np.uint8)
