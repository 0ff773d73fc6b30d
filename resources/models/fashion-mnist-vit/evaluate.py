#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the demo model on Fashion-MNIST's 10,000 test pictures.

This is the only program here that opens the test files, and nothing is chosen
by what it prints. It loads the folder the way any user of transformers would,
picture processor included.

Needs: torch, transformers, pillow, numpy.
"""
import argparse
import gzip
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification

HERE = Path(__file__).resolve().parent


def read_test(folder):
    """The test pictures as (count, rows, columns) bytes, and their labels."""
    images = gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())
    magic, count, rows, cols = np.frombuffer(images, ">i4", 4).tolist()
    label_magic, label_count = np.frombuffer(labels, ">i4", 2).tolist()
    if (magic, label_magic) != (2051, 2049) or count != label_count:
        raise SystemExit(f"{folder}: these are not a matching pair of IDX files")
    return (np.frombuffer(images, np.uint8, offset=16).reshape(count, rows, cols),
            np.frombuffer(labels, np.uint8, offset=8))


def wilson(hits, n, z=1.959964):
    """The two ends of the 95 % score interval of a proportion."""
    share = hits / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (middle - half) / scale, (middle + half) / scale


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--model", type=Path, default=HERE)
    ap.add_argument("--data", type=Path, default=HERE.parents[1] / "data" / "fashion-mnist")
    ap.add_argument("--batch", type=int, default=250)
    args = ap.parse_args()

    images, labels = read_test(args.data)
    processor = AutoImageProcessor.from_pretrained(args.model)
    model = AutoModelForImageClassification.from_pretrained(args.model).eval()

    guesses = []
    with torch.inference_mode():
        for start in range(0, len(images), args.batch):
            batch = [Image.fromarray(a).convert("RGB")
                     for a in images[start:start + args.batch]]
            pixels = processor(images=batch, return_tensors="pt")
            guesses.append(model(**pixels).logits.argmax(1).numpy())
    guesses = np.concatenate(guesses)

    hits, n = int((guesses == labels).sum()), len(labels)
    low, high = wilson(hits, n)
    print(f"accuracy {100 * hits / n:.2f} %  ({hits} of {n}, "
          f"95 % interval {100 * low:.2f} to {100 * high:.2f} %)")
    print("recall by class:")
    for index, name in sorted(model.config.id2label.items()):
        of_class = labels == index
        print(f"  {name:<12} {100 * (guesses[of_class] == index).mean():5.1f} %")


if __name__ == "__main__":
    main()
