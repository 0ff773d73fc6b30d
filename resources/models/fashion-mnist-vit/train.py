#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes VitFleet's demo model from nothing, on a CPU.

1. A small residual CNN (the teacher) learns the training pictures.
2. A small ViT (the model that is kept) learns to give the teacher's answers on
   the same augmented pictures, and a little from the labels.

Only Fashion-MNIST's two *training* files are read. 5,000 of their 60,000
pictures are held out of both steps and choose the epoch that is exported. The
test files are never opened here; evaluate.py measures them.

Learning rates follow the clock (--minutes), not an epoch count, so that they
have come down to zero when the run stops, however busy the machine was. The
clock is part of the checkpoint: the same command line again resumes.

Needs: torch, numpy, safetensors.
"""
import argparse
import gzip
import json
import math
import os
import time
from pathlib import Path

# Read when torch loads its thread pool. On a machine shared with others, a
# thread that spins for one that lost its core wastes most of the time slice.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
IMAGE, PATCH, WIDTH, LAYERS, HEADS, MLP = 28, 4, 96, 6, 3, 288
EPS = 1e-6
HELD_OUT = 5000
SHIFT = 2


def read_idx(path):
    """Reads one gzipped IDX file of bytes into an array of its own shape."""
    raw = gzip.decompress(Path(path).read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of bytes")
    rank = raw[3]
    shape = tuple(np.frombuffer(raw, ">u4", rank, 4).astype(int))
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(folder, seed):
    """The training files as (train pictures, labels, held-out pictures, labels)."""
    x = read_idx(Path(folder) / "train-images-idx3-ubyte.gz").copy()
    y = read_idx(Path(folder) / "train-labels-idx1-ubyte.gz").astype(np.int64)
    # The split has a generator of its own, so that it is the same on resuming.
    order = np.random.default_rng(seed).permutation(len(x))
    held, kept = order[:HELD_OUT], order[HELD_OUT:]
    # One picture more on every side is what a shift can bring in.
    pad = np.pad(x[kept], ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    return (torch.from_numpy(pad), torch.from_numpy(y[kept]),
            torch.from_numpy(x[held]), torch.from_numpy(y[held]))


def normalise(x):
    """Bytes to -1..1: what rescaling by 1/255, mean 0.5 and deviation 0.5 give."""
    return (x.float() / 127.5 - 1.0).unsqueeze(1)


def augment(padded, erase):
    """Random shift, mirror and (for a share `erase`) one blanked rectangle."""
    n = len(padded)
    span = 2 * SHIFT + 1
    views = padded.unfold(1, IMAGE, 1).unfold(2, IMAGE, 1)
    x = views[torch.arange(n), torch.randint(span, (n,)), torch.randint(span, (n,))]
    x = torch.where(torch.rand(n, 1, 1) < 0.5, x.flip(-1), x)
    along = torch.arange(IMAGE)
    top, left = torch.randint(IMAGE, (2, n, 1))
    high, wide = torch.randint(4, 12, (2, n, 1))
    rows = (along >= top) & (along < top + high)
    cols = (along >= left) & (along < left + wide)
    hole = rows[:, :, None] & cols[:, None, :] & (torch.rand(n, 1, 1) < erase)
    return normalise(x.masked_fill(hole, 0))


def conv(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, 1, 1, bias=False),
                         nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(conv(width, width), conv(width, width))

    def forward(self, x):
        return x + self.body(x)


def make_teacher():
    net = nn.Sequential(
        conv(1, 32), conv(32, 64), nn.MaxPool2d(2), Residual(64),
        conv(64, 128), nn.MaxPool2d(2), Residual(128), conv(128, 256),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(256, 10))
    return net.to(memory_format=torch.channels_last)


class Block(nn.Module):
    """One pre-norm encoder layer."""

    def __init__(self):
        super().__init__()
        self.before, self.after = nn.LayerNorm(WIDTH, EPS), nn.LayerNorm(WIDTH, EPS)
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, MLP), nn.Linear(MLP, WIDTH)

    def forward(self, x):
        n, tokens, _ = x.shape
        # Three matrices for the optimiser and the export, one product for speed.
        weight = torch.cat([self.query.weight, self.key.weight, self.value.weight])
        bias = torch.cat([self.query.bias, self.key.bias, self.value.bias])
        qkv = F.linear(self.before(x), weight, bias)
        q, k, v = qkv.view(n, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        # Written out, because on a CPU the backward pass of torch's fused
        # attention takes several times as long at this size.
        share = (q * (WIDTH // HEADS) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        mixed = (share @ v).transpose(1, 2).reshape(n, tokens, WIDTH)
        x = x + self.out(mixed)
        return x + self.down(F.gelu(self.up(self.after(x))))


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        side = IMAGE // PATCH
        # One input channel: the three that the export has are equal anyway.
        self.patch = nn.Linear(PATCH * PATCH, WIDTH)
        self.cls = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
        self.position = nn.Parameter(torch.randn(1, side * side + 1, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, EPS)
        self.head = nn.Linear(WIDTH, len(CLASSES))
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        n, side = len(x), IMAGE // PATCH
        x = x.reshape(n, side, PATCH, side, PATCH).transpose(2, 3)
        x = self.patch(x.reshape(n, side * side, PATCH * PATCH))
        x = torch.cat([self.cls.expand(n, -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


def hf_tensors(state):
    """The ViT's weights under the names of transformers' ViT checkpoints."""
    names = {"before": "layernorm_before", "after": "layernorm_after",
             "query": "attention.attention.query", "key": "attention.attention.key",
             "value": "attention.attention.value", "out": "attention.output.dense",
             "up": "intermediate.dense", "down": "output.dense"}
    embed = "vit.embeddings."
    # The three channels are copies of one, so a third of the weight on each
    # adds up to the weight that was trained.
    kernel = state["patch.weight"].view(WIDTH, 1, PATCH, PATCH).repeat(1, 3, 1, 1) / 3
    out = {embed + "cls_token": state["cls"],
           embed + "position_embeddings": state["position"],
           embed + "patch_embeddings.projection.weight": kernel,
           embed + "patch_embeddings.projection.bias": state["patch.bias"]}
    for kind in ("weight", "bias"):
        out[f"vit.layernorm.{kind}"] = state[f"norm.{kind}"]
        out[f"classifier.{kind}"] = state[f"head.{kind}"]
        for i in range(LAYERS):
            for ours, theirs in names.items():
                out[f"vit.encoder.layer.{i}.{theirs}.{kind}"] = state[f"blocks.{i}.{ours}.{kind}"]
    return {k: v.detach().float().contiguous().clone() for k, v in out.items()}


def export(state, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["ViTForImageClassification"], "model_type": "vit",
        "image_size": IMAGE, "patch_size": PATCH, "num_channels": 3,
        "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "intermediate_size": MLP,
        "hidden_act": "gelu", "qkv_bias": True, "layer_norm_eps": EPS,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
        "initializer_range": 0.02, "torch_dtype": "float32",
        "id2label": {str(i): c for i, c in enumerate(CLASSES)},
        "label2id": {c: i for i, c in enumerate(CLASSES)}}
    processor = {
        "image_processor_type": "ViTImageProcessor", "do_convert_rgb": True,
        "do_resize": True, "size": {"height": IMAGE, "width": IMAGE}, "resample": 2,
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    replace(folder / "model.safetensors",
            lambda p: save_file(hf_tensors(state), p, metadata={"format": "pt"}))
    for name, value in (("config.json", config), ("preprocessor_config.json", processor)):
        text = json.dumps(value, indent=2) + "\n"
        replace(folder / name, lambda p, t=text: Path(p).write_text(t, encoding="utf-8"))


def replace(path, write):
    """Writes beside the target and renames: a kill leaves the old file whole."""
    part = Path(str(path) + ".part")
    write(str(part))
    os.chmod(part, 0o644)
    os.replace(part, path)


def accuracy(net, x, y):
    net.eval()
    with torch.inference_mode():
        hits = sum((net(normalise(a)).argmax(1) == b).sum().item()
                   for a, b in zip(x.split(500), y.split(500)))
    net.train()
    return hits / len(y)


def schedule(progress, warm):
    """Straight up to 1 over the first share `warm`, then a cosine down to 0."""
    if progress < warm:
        return max(progress / warm, 0.01)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - warm) / (1 - warm))))


class Phase:
    """One network's training against the clock, with its checkpoint."""

    def __init__(self, name, args, net, optimisers, minutes, warm, decay):
        self.name, self.args, self.net, self.warm = name, args, net, warm
        self.optimisers, self.minutes, self.decay = optimisers, minutes, decay
        self.peak = [o.param_groups[0]["lr"] for o in optimisers]
        self.ema = {k: v.clone() for k, v in net.state_dict().items()}
        self.spent, self.steps, self.epoch, self.best = 0.0, 0, 0, 0.0
        self.file = Path(args.work) / f"{name}.pt"
        if self.file.exists():
            saved = torch.load(self.file, weights_only=True)
            net.load_state_dict(saved["net"])
            for o, s in zip(optimisers, saved["optimisers"]):
                o.load_state_dict(s)
            self.ema, self.spent, self.steps = saved["ema"], saved["spent"], saved["steps"]
            self.epoch, self.best = saved["epoch"], saved["best"]
            # Without this a resumed run would repeat the first epochs' shuffles.
            torch.manual_seed(args.seed + 1000 + self.epoch)

    def done(self):
        return self.spent >= 60 * self.minutes

    def save(self):
        state = {"net": self.net.state_dict(), "ema": self.ema, "spent": self.spent,
                 "optimisers": [o.state_dict() for o in self.optimisers],
                 "steps": self.steps, "epoch": self.epoch, "best": self.best}
        replace(self.file, lambda p: torch.save(state, p))

    def run_epoch(self, x, y, loss_of):
        """One pass over the data, or less when the time is up; returns the mean loss."""
        total, count, tick = 0.0, 0, time.monotonic()
        for pick in torch.randperm(len(x)).split(self.args.batch):
            rate = schedule(self.spent / (60 * self.minutes), self.warm)
            for o, peak in zip(self.optimisers, self.peak):
                for group in o.param_groups:
                    group["lr"] = peak * rate
                o.zero_grad(set_to_none=True)
            loss = loss_of(x[pick], y[pick])
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0 if self.decay else 5.0)
            for o in self.optimisers:
                o.step()
            self.steps += 1
            # The mean starts short, so that the first weights are soon forgotten.
            keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
            for k, v in self.net.state_dict().items():
                if v.is_floating_point():
                    self.ema[k].lerp_(v, 1 - keep)
            total, count = total + loss.item(), count + 1
            now = time.monotonic()
            self.spent, tick = self.spent + now - tick, now
            if self.done():
                break
        self.epoch += 1
        return total / count

    def log(self, text):
        print(f"{self.name} epoch {self.epoch}  {self.spent / 60:.1f} min  {text}", flush=True)


def train_teacher(args, data):
    x, y, held_x, held_y = data
    net = make_teacher()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True,
                          weight_decay=5e-4)
    phase = Phase("teacher", args, net, [sgd], args.teacher_minutes, 0.15, 0.0)

    def loss_of(a, b):
        with torch.autocast("cpu", torch.bfloat16):
            out = net(augment(a, 0.2).contiguous(memory_format=torch.channels_last))
        return F.cross_entropy(out.float(), b)

    while not phase.done():
        loss = phase.run_epoch(x, y, loss_of)
        phase.best = accuracy(net, held_x, held_y)  # the last, annealed state is the one used
        phase.save()
        phase.log(f"loss {loss:.4f}  held-out {100 * phase.best:.2f} %")
    return net.eval()


def train_vit(args, data, teacher):
    x, y, held_x, held_y = data
    net, judge = Vit(), Vit()
    # Muon (orthogonalised momentum) for the layers' matrices, AdamW for the rest.
    matrices = [p for n, p in net.named_parameters() if n.startswith("blocks") and p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in net.parameters() if id(p) not in chosen]
    muon = torch.optim.Muon(matrices, lr=args.rate, weight_decay=0.05,
                            adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(rest, lr=args.rate / 2, betas=(0.9, 0.98), weight_decay=0.0)
    phase = Phase("vit", args, net, [muon, adam],
                  args.minutes - args.teacher_minutes, 0.03, 0.999)
    heat = args.temperature

    def loss_of(a, b):
        a = augment(a, 0.2)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                wanted = teacher(a.contiguous(memory_format=torch.channels_last)).float()
            out = net(a)
        out = out.float()
        soft = F.kl_div(F.log_softmax(out / heat, 1), F.log_softmax(wanted / heat, 1),
                        reduction="batchmean", log_target=True)
        return 0.8 * heat * heat * soft + 0.2 * F.cross_entropy(out, b)

    while not phase.done():
        loss = phase.run_epoch(x, y, loss_of)
        judge.load_state_dict(phase.ema)
        score = accuracy(judge, held_x, held_y)
        if score >= phase.best:
            phase.best = score
            export(phase.ema, args.out)
        phase.save()
        phase.log(f"loss {loss:.4f}  held-out {100 * score:.2f} %  best {100 * phase.best:.2f} %")


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--data", required=True, help="folder with the two train-*.gz files")
    ap.add_argument("--work", required=True, help="folder for checkpoints")
    ap.add_argument("--out", required=True, help="folder for the exported model")
    ap.add_argument("--minutes", type=float, default=82, help="for both steps together")
    ap.add_argument("--teacher-minutes", type=float, default=15)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--rate", type=float, default=5e-3, help="the ViT's peak learning rate")
    ap.add_argument("--temperature", type=float, default=2.0, help="of the distillation")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()
    if not 0 < args.teacher_minutes < args.minutes:
        ap.error("--teacher-minutes must lie between 0 and --minutes")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    Path(args.work).mkdir(parents=True, exist_ok=True)
    data = load(args.data, args.seed)
    teacher = train_teacher(args, data)
    train_vit(args, data, teacher)


if __name__ == "__main__":
    main()
