#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""VitFleet beside what one would use instead, on this machine, in one run.

  side_by_side.py --agent build/bin/vitfleet-agent --images DIR [--cli build/bin/vitfleet-cli --end-to-end N]
                  [--model DIR] [--classes fp32,bf16,int8] [--rounds 5] [--slice 6] [--json FILE] [--write docs/benchmarks.md]

Needs a Python environment with requirements.txt. Every engine is a process of its own that stays loaded and is asked to
work in turn (engine_worker.py, or vitfleet-agent bench --paced). A probe of plain matrix products runs before and after
each slice. A slice is dropped where either probe is below 0.9 of the run's median: the machine was busy with something
else. Ratios are made round by round, so that a machine that becomes slower meets both sides; the median is reported with
the smallest and the largest.

Within a precision class every engine has its best honest setting: `--tune` measures batches of 1, 4, 8, 16 and 32 (and
OpenVINO's hints) for each and prints which was best; the defaults below are what that gave on a machine with two cores.
Without --model a ViT-B/16 with random weights (seed 0) is made: speed does not depend on them. --end-to-end N also labels
N photographs from files to a table on disk (end_to_end.py).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import report

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = 0.9  # of the median probe

# (class, name, engine, settings). The first of a class is what its ratios are to, beside the pipeline.
ENGINES = [
    ("fp32", "Hugging Face pipeline, batch 1", "pipeline", {"batch": 1}),
    ("fp32", "Hugging Face pipeline, batch 8", "pipeline", {"batch": 8}),
    ("fp32", "Hugging Face model", "model", {"batch": 8}),
    ("fp32", "torch.compile, frozen", "compile", {"batch": 8}),
    ("fp32", "ONNX Runtime", "onnxruntime", {"batch": 8}),
    ("fp32", "OpenVINO", "openvino", {"batch": 8}),
    ("bf16", "Hugging Face model", "model", {"batch": 8}),
    ("bf16", "torch.compile, frozen", "compile", {"batch": 8}),
    ("bf16", "OpenVINO", "openvino", {"batch": 8}),
    ("int8", "Hugging Face model, dynamic", "model", {"batch": 8}),
    ("int8", "ONNX Runtime, dynamic", "onnxruntime", {"batch": 8}),
    ("int8", "OpenVINO, calibrated (NNCF)", "openvino", {"batch": 8}),
]


class Engine:
    """A worker process and what it has answered."""

    def __init__(self, name, precision, command, setting=""):
        self.name, self.precision, self.command, self.setting = name, precision, command, setting
        self.slices = []
        self.process = None
        self.failure = ""

    def start(self):
        errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                        text=True)
        if self.process.stdout.readline().strip() == "ready":
            return True
        self.process.wait()
        errors.seek(0)
        lines = [line.strip() for line in errors.read().splitlines() if line.strip()]
        self.failure = lines[-1][:200] if lines else f"ended with {self.process.returncode}"
        return False

    def work(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()


def worker_command(args, engine, precision, setting):
    command = [sys.executable, os.path.join(HERE, "engine_worker.py"), engine, "--precision", precision, "--model",
               args.model, "--images", args.images]
    for key, value in setting.items():
        command += [f"--{key}", str(value)]
    return command


def our_command(args, precision, *more):
    return [args.agent, "bench", "--model", args.model, "--precision", precision, "--paced", *more]


def make_model(path):
    if os.path.exists(os.path.join(path, "model.safetensors")):
        return
    import torch
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor
    torch.manual_seed(0)
    ViTForImageClassification(ViTConfig(num_labels=1000)).eval().save_pretrained(path)
    ViTImageProcessor().save_pretrained(path)


def engines_of(args):
    classes = args.classes.split(",")
    engines = []
    for precision, name, engine, setting in ENGINES:
        if precision in classes and (not args.only or engine in args.only.split(",")):
            text = ", ".join(f"{key} {value}" for key, value in setting.items())
            engines.append(Engine(name, precision, worker_command(args, engine, precision, setting), text))
    for precision in classes:
        engines.append(Engine("VitFleet", precision, our_command(args, precision), "model only"))
        engines.append(Engine("VitFleet, from JPEG bytes", precision,
                              our_command(args, precision, "--images", args.images), "decoders included"))
    return engines


def measure(args):
    probe = Engine("probe", "fp32", worker_command(args, "probe", "fp32", {}))
    if not probe.start():
        sys.exit("the probe does not start: " + probe.failure)
    engines = []
    missing = []
    for engine in engines_of(args):
        print(f"# loads {engine.name} ({engine.precision})", flush=True)
        if engine.start():
            engines.append(engine)
        else:
            missing.append({"name": engine.name, "class": engine.precision, "why": engine.failure})
            print(f"#   missing: {engine.failure}", flush=True)
    for number in range(args.rounds):
        for engine in engines:
            before = probe.work(args.probe)
            done = engine.work(args.slice)
            after = probe.work(args.probe)
            engine.slices.append({"rate": done["n"] / done["t"], "cpu": done["cpu"] / done["n"],
                                  "probe": min(before["n"] / before["t"], after["n"] / after["t"])})
        print(f"# round {number + 1}: " + "  ".join(f"{e.name} {e.precision} {e.slices[-1]['rate']:.2f}"
                                                    for e in engines), flush=True)
    for engine in [probe, *engines]:
        engine.stop()
    return engines, missing


def ratios(of, to, median_probe):
    """Round by round, where neither slice was disturbed."""
    return [a["rate"] / b["rate"] for a, b in zip(of.slices, to.slices)
            if min(a["probe"], b["probe"]) >= KEPT * median_probe]


def spread(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values), "rounds": len(values)} \
        if values else None


def summary(args, engines, missing):
    median_probe = statistics.median(s["probe"] for e in engines for s in e.slices)
    pipeline = next((e for e in engines if "pipeline" in e.name), None)
    rows = []
    for engine in engines:
        kept = [s for s in engine.slices if s["probe"] >= KEPT * median_probe]
        ours = next((e for e in engines if e.name == "VitFleet" and e.precision == engine.precision), None)
        used = kept or engine.slices
        rate = statistics.median(s["rate"] for s in used)
        rows.append({
            "class": engine.precision, "name": engine.name, "setting": engine.setting, "img_per_second": rate,
            "cpu_seconds_per_image": statistics.median(s["cpu"] for s in used), "kept": len(kept),
            "slices": len(engine.slices), "share_of_fp32_probe": rate * 32.7 / median_probe,
            "over_pipeline": spread(ratios(engine, pipeline, median_probe)) if pipeline else None,
            "vitfleet_over_this": spread(ratios(ours, engine, median_probe)) if ours and ours is not engine else None})
    return {"machine": report.machine(), "command": " ".join(["side_by_side.py", *report.shown_arguments(args)]),
            "probe_gflops": median_probe, "rounds": args.rounds, "slice_seconds": args.slice, "rows": rows,
            "missing": missing}


def tune(args):
    """Each engine with several batches, a short slice each."""
    for precision, name, engine, setting in ENGINES:
        if precision not in args.classes.split(",") or (args.only and engine not in args.only.split(",")):
            continue
        hints = ["THROUGHPUT", "LATENCY"] if engine == "openvino" else [None]
        results = {}
        for hint in hints:
            for batch in [1, 4, 8, 16, 32] if engine != "pipeline" else [setting["batch"]]:
                tried = {"batch": batch, **({"hint": hint} if hint else {})}
                one = Engine(name, precision, worker_command(args, engine, precision, tried))
                if one.start():
                    done = one.work(args.slice)
                    results[json.dumps(tried)] = done["n"] / done["t"]
                one.stop()
        print(f"{precision} {name}: " + "  ".join(f"{k} {v:.2f}" for k, v in results.items()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--cli")
    parser.add_argument("--images", required=True)
    parser.add_argument("--model", default=os.path.join(tempfile.gettempdir(), "vitfleet-bench-vit-b16"))
    parser.add_argument("--classes", default="fp32,bf16,int8")
    parser.add_argument("--only", help="these engines beside VitFleet: pipeline,model,compile,onnxruntime,openvino")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slice", type=float, default=6.0)
    parser.add_argument("--probe", type=float, default=0.6)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--end-to-end", type=int, default=0, metavar="N")
    parser.add_argument("--json")
    parser.add_argument("--write", help="the page whose section is to be replaced; the plot goes to images/ beside it")
    args = parser.parse_args()
    args.images, args.agent = os.path.abspath(args.images), os.path.abspath(args.agent)
    make_model(args.model)
    if args.tune:
        return tune(args)
    result = summary(args, *measure(args))
    if args.end_to_end:
        import end_to_end
        result["end_to_end"] = end_to_end.measure(args)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    print(report.markdown(result))
    if args.write:
        report.write_page(result, args.write)


if __name__ == "__main__":
    main()
