#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the reference logits in tests/data/golden with Hugging Face transformers; needs torch, transformers, pillow.

    make_golden.py hashed          the models whose weights come from a hash (nothing else is read)
    make_golden.py families        the same for DeiT and DINOv2
    make_golden.py demo            the demo model on pictures of the Fashion-MNIST test set, again after each training

Each picture goes as 8-bit RGB at the model's size through the model's own image processor, alone, in fp32, in one thread.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import tempfile

import numpy as np
import PIL.Image
import torch
import transformers
from safetensors.numpy import save_file

import hashed_model

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden"
ACTIVATIONS = ["gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"]

BASE = {"num_labels": 1000}
SMALL = dict(image_size=28, patch_size=4, hidden_size=96, num_hidden_layers=6, num_attention_heads=3,
             intermediate_size=288, layer_norm_eps=1e-6, num_labels=10)
TINY = dict(image_size=[13, 11], patch_size=[4, 3], hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=24, num_labels=7)


DINO = dict(image_size=20, patch_size=4, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, num_labels=7)


def classify(model, processor, pictures):
    """The logits of each picture, as lists."""
    rows = []
    with torch.inference_mode():
        for pixels in pictures:
            inputs = processor(images=PIL.Image.fromarray(pixels), return_tensors="pt")
            logits = model(**inputs).logits[0]
            assert logits.dtype == torch.float32
            rows.append([float(np.float32(value)) for value in logits.numpy()])
    return rows


def make_hashed(settings, pictures, kind="ViTForImageClassification", size=None, **processor_settings):
    """Builds the model by saving hashed tensors in the format of transformers and loading them with it. `size` is the
    pictures' height and width where that is not the configuration's."""
    architecture = getattr(transformers, kind)
    config = architecture.config_class(**settings)
    height, width = size or (
        config.image_size if isinstance(config.image_size, (list, tuple)) else [config.image_size] * 2)
    with tempfile.TemporaryDirectory() as folder:
        architecture(config).save_pretrained(folder)
        from safetensors import safe_open

        with safe_open(pathlib.Path(folder) / "model.safetensors", "np") as saved:
            shapes = {name: saved.get_slice(name).get_shape() for name in saved.keys()}
        save_file(hashed_model.tensors(shapes), pathlib.Path(folder) / "model.safetensors", {"format": "pt"})
        model = architecture.from_pretrained(folder, dtype=torch.float32).eval()
    processor = transformers.ViTImageProcessorPil(size={"height": height, "width": width}, **processor_settings)
    return classify(model, processor, [hashed_model.picture(height, width, n) for n in range(pictures)])


def versions():
    return {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__}


def write(name, content):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"made_by": "tests/tools/make_golden.py", "versions": versions(), **content},
                      separators=(",", ":"))
    (GOLDEN / name).write_text(text.replace('"logits":', '\n"logits":').replace("],[", "],\n[") + "\n")
    print("wrote", GOLDEN / name)


def hashed(_):
    write("hashed-base.json", {"logits": make_hashed(BASE, 3)})
    write("hashed-small.json", {"logits": make_hashed(SMALL, 40)})
    for activation in ACTIVATIONS:
        write(f"hashed-tiny-{activation}.json", {"logits": make_hashed({**TINY, "hidden_act": activation}, 4)})
    write("hashed-tiny-imagenet.json",
          {"logits": make_hashed({**TINY, "qkv_bias": False}, 4, image_mean=[0.485, 0.456, 0.406],
                                 image_std=[0.229, 0.224, 0.225])})
    write("hashed-tiny-plain.json", {"logits": make_hashed(TINY, 4, do_normalize=False)})


def families(_):
    deit, dino = "DeiTForImageClassification", "Dinov2ForImageClassification"
    registers = "Dinov2WithRegistersForImageClassification"
    for name, settings, kind, size in [
        ("deit", TINY, deit, None), ("deit-teacher", TINY, deit + "WithTeacher", None),
        ("dinov2", DINO, dino, None), ("dinov2-swiglu", {**DINO, "use_swiglu_ffn": True}, dino, None),
        ("dinov2-larger", DINO, dino, (29, 25)), ("dinov2-smaller", DINO, dino, (12, 12)),
        ("dinov2-registers", {**DINO, "num_register_tokens": 3}, registers, None),
        ("dinov2-registers-larger", {**DINO, "num_register_tokens": 3}, registers, (29, 25)),
        ("dinov2-registers-smaller", {**DINO, "num_register_tokens": 3, "use_swiglu_ffn": True}, registers, (12, 12)),
    ]:
        write(f"hashed-{name}.json", {"logits": make_hashed(settings, 4, kind, size)})


def read_idx(path):
    with gzip.open(path) as file:
        content = file.read()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def demo(options):
    directory = pathlib.Path(options.model)
    weights = (directory / "model.safetensors").read_bytes()
    pictures = read_idx(options.images)[:32]
    labels = read_idx(options.images.replace("images-idx3", "labels-idx1"))[:32]
    model = transformers.ViTForImageClassification.from_pretrained(directory, dtype=torch.float32).eval()
    processor = transformers.ViTImageProcessorPil.from_pretrained(directory)
    rgb = [np.repeat(picture[:, :, None], 3, axis=2) for picture in pictures]
    (GOLDEN / "demo-pictures.bin").write_bytes(pictures.tobytes())
    write("demo.json", {"model_sha256": hashlib.sha256(weights).hexdigest(), "labels": labels.tolist(),
                        "logits": classify(model, processor, rgb)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("hashed").set_defaults(run=hashed)
    commands.add_parser("families").set_defaults(run=families)
    command = commands.add_parser("demo")
    command.add_argument("--model", default=str(ROOT / "resources" / "models" / "fashion-mnist-vit"))
    command.add_argument("--images", default=str(ROOT / "resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz"),
                         help="an IDX file of pictures; the labels lie beside it")
    command.set_defaults(run=demo)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run(options)


if __name__ == "__main__":
    main()
