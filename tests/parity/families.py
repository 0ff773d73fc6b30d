#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every model family against transformers, run live: the same JPEG files, read and prepared by each on its own.

Small models with random weights, saved by transformers as a user would save them (types, shards, processors). For each
picture max |a-b| <= 1e-4 max |b| in fp32, and the first five labels in the same order wherever neighbouring logits
differ by more than that; and the same bits again with the pictures shuffled into other batches.

    families.py                16 photographs for each model
    families.py --base         also a model of ViT-B/16's shape, on 4
"""

import pathlib
import sys
import tempfile

import common

TOLERANCE = 1e-4
SMALL = dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=3, num_labels=12)
VIT = dict(SMALL, intermediate_size=96, image_size=64, patch_size=16)
DINO = dict(SMALL, image_size=70, patch_size=14)
ACTIVATIONS = ["gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"]


def models():
    """Name, architecture, configuration, processor, its settings, how it is saved."""
    vit, deit = "ViTForImageClassification", "DeiTForImageClassification"
    dino, registers = "Dinov2ForImageClassification", "Dinov2WithRegistersForImageClassification"
    square = {"size": {"height": 64, "width": 64}}
    deit_crop = {"size": {"height": 73, "width": 73}, "crop_size": {"height": 64, "width": 64}}
    crop = {"size": {"shortest_edge": 80}, "crop_size": {"height": 70, "width": 70}}
    yield "vit", vit, VIT, "ViT", square, {}
    for activation in ACTIVATIONS:
        yield f"vit {activation}", vit, dict(VIT, hidden_act=activation), "ViT", square, {}
    yield "vit without qkv bias", vit, dict(VIT, qkv_bias=False, layer_norm_eps=1e-5), "ViT", square, {}
    yield "vit not square", vit, dict(VIT, image_size=[48, 80], patch_size=[16, 8]), "ViT", \
        {"size": {"height": 48, "width": 80}, "resample": 1}, {}
    yield "vit patches that do not fill it", vit, dict(VIT, image_size=70), "ViT", \
        {"size": {"height": 70, "width": 70}, "resample": 0}, {}
    yield "vit in shards", vit, VIT, "ViT", square, {"max_shard_size": "60KB"}
    yield "vit fp16", vit, VIT, "ViT", square, {"dtype": "float16"}
    yield "vit bf16", vit, VIT, "ViT", square, {"dtype": "bfloat16"}
    yield "vit as BEiT prepares", vit, VIT, "Beit", square, {}
    yield "vit neither rescaled nor normalised", vit, VIT, "ViT", \
        {**square, "do_rescale": False, "do_normalize": False, "resample": 4}, {}
    yield "vit cropped with padding", vit, VIT, "ViT", \
        {"size": {"height": 40, "width": 50}, "do_center_crop": True, "crop_size": {"height": 64, "width": 64},
         "image_mean": [0.1, 0.2, 0.3], "resample": 5}, {}
    yield "vit cropped with padding, odd differences", vit, VIT, "ViT", \
        {"size": {"height": 41, "width": 51}, "do_center_crop": True, "crop_size": {"height": 64, "width": 64}}, {}
    yield "vit cropped on one side and padded on the other, odd", vit, VIT, "ViT", \
        {"size": {"height": 41, "width": 91}, "do_center_crop": True, "crop_size": {"height": 64, "width": 64}}, {}
    for kind in deit, deit + "WithTeacher":
        yield kind, kind, VIT, "DeiT", deit_crop, {}
    yield "deit without a processor's type", deit, dict(VIT, image_size=224, patch_size=56), "DeiT", {}, {"typeless": True}
    for swiglu in False, True:
        settings = dict(DINO, use_swiglu_ffn=swiglu)
        yield f"dinov2 swiglu={swiglu}", dino, settings, "Bit", crop, {}
        yield f"dinov2 interpolated swiglu={swiglu}", dino, dict(settings, image_size=98), "Bit", crop, {}
        yield f"registers swiglu={swiglu}", registers, settings, "Bit", crop, {}
        yield f"registers interpolated swiglu={swiglu}", registers, dict(settings, image_size=42, num_register_tokens=2), \
            "Bit", crop, {}
    yield "deit silu", deit, dict(VIT, hidden_act="silu"), "DeiT", deit_crop, {}
    yield "deit with its teacher, without qkv bias", deit + "WithTeacher", \
        dict(VIT, hidden_act="gelu_new", qkv_bias=False), "DeiT", deit_crop, {}
    yield "dinov2 relu, without qkv bias", dino, dict(DINO, hidden_act="relu", qkv_bias=False), "Bit", crop, {}
    yield "registers quick_gelu, without qkv bias", registers, dict(DINO, hidden_act="quick_gelu", qkv_bias=False), "Bit", \
        crop, {}
    yield "dinov2 not square", dino, dict(DINO, image_size=56), "Bit", \
        {"size": {"height": 90, "width": 60}, "do_center_crop": False}, {}
    yield "dinov2 in shards, bf16", dino, DINO, "Bit", crop, {"max_shard_size": "80KB", "dtype": "bfloat16"}


def build(folder, architecture, settings, processor, processor_settings, saving):
    import json

    import torch
    import transformers

    kind = getattr(transformers, architecture)
    model = kind(kind.config_class(**settings))
    with torch.no_grad():
        # As initialised by transformers nothing would depend on anything: small weights, biases and tokens of zero.
        for name, parameter in model.named_parameters():
            if parameter.dim() < 2 and "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.1 * torch.randn_like(parameter))
            elif parameter.dim() < 2:
                parameter.copy_(0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) * parameter[0].numel() ** -0.5)
    if "dtype" in saving:
        model.to(getattr(torch, saving["dtype"]))
    model.save_pretrained(folder, **{key: value for key, value in saving.items() if key == "max_shard_size"})
    prepared = getattr(transformers, processor + "ImageProcessorPil")(**processor_settings)
    prepared.save_pretrained(folder)
    if saving.get("typeless"):
        file = pathlib.Path(folder) / "preprocessor_config.json"
        content = {key: value for key, value in json.loads(file.read_text()).items() if key != "image_processor_type"}
        file.write_text(json.dumps(content))
    return kind.from_pretrained(folder, dtype=torch.float32).eval(), prepared


def theirs(model, processor, paths):
    import torch
    from transformers.image_utils import load_image

    with torch.inference_mode():
        return [model(**processor(images=load_image(path), return_tensors="pt")).logits[0].numpy() for path in paths]


def compare(ours, reference):
    """The largest relative deviation, and what is wrong or None."""
    import numpy as np

    worst = 0.0
    for number, (a, b) in enumerate(zip(ours, reference, strict=True)):
        if a.shape != b.shape:
            return worst, f"picture {number}: {a.shape} instead of {b.shape}"
        margin = TOLERANCE * np.abs(b).max()
        worst = max(worst, float(np.abs(a - b).max() / np.abs(b).max()))
        if not np.abs(a - b).max() <= margin:
            return worst, f"picture {number} deviates by {worst:.1e}"
        order = np.argsort(-b, kind="stable")
        mine = np.argsort(-a, kind="stable")
        for place in range(min(5, len(order))):
            above = place == 0 or b[order[place - 1]] - b[order[place]] > margin
            below = place + 1 == len(order) or b[order[place]] - b[order[place + 1]] > margin
            if above and below and mine[place] != order[place]:
                return worst, f"picture {number}: place {place} is {mine[place]} instead of {order[place]}"
    return worst, None


def check(ours, name, arguments, paths):
    import json

    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        model, processor = build(folder, *arguments)
        reference = theirs(model, processor, paths)
        rows = [np.array(json.loads(line), np.float32) for line in ours.lines(["logits", folder, "1", "2"], paths)]
        found, *others = [rows[at:at + len(paths)] for at in range(0, len(rows), len(paths))]
        worst, problem = compare(found, reference)
        if problem is None and len({row.tobytes() for row in found}) < len(found):
            problem = "different pictures have the same logits"
        if len(others) != 2:
            problem = f"{len(rows)} lines of logits"
        for again in others:
            if problem is None and any(a.tobytes() != b.tobytes() for a, b in zip(found, again, strict=True)):
                problem = "another order of the pictures gives other logits"
    print(f"{'ok  ' if problem is None else 'FAIL'} {name}: {worst:.1e}{'' if problem is None else ', ' + problem}",
          flush=True)
    return problem is None


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--base", action="store_true", help="also ViT-B/16's shape")
    options = parser.parse_args()
    common.need("torch", "transformers", "PIL", "numpy")
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(20261125)
    torch.set_num_threads(1)
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    ours = common.Ours(options.build)
    paths = common.photographs(options.data, options.pictures)
    good = [check(ours, name, arguments, paths) for name, *arguments in models()]
    if options.base or common.everything_asked():
        good.append(check(ours, "ViT-B/16's shape", ("ViTForImageClassification", {"num_labels": 1000}, "ViT", {}, {}),
                          paths[:4]))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
