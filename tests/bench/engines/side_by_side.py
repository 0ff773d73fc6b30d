#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""VitFleet beside what one would use instead, on this machine, in one run.

  side_by_side.py --agent build/bin/vitfleet-agent --images DIR [--cli build/bin/vitfleet-cli --end-to-end N]
                  [--model DIR | --demo] [--classes fp32,bf16,int8] [--only KIND,KIND...] [--rounds 5] [--slice 6]
                  [--beside] [--json FILE] [--write docs/benchmarks.md]

Needs a Python environment with requirements.txt. Every engine is a process of its own that stays loaded and is asked to
work in turn (engine_worker.py, or vitfleet-agent bench --paced). A probe of plain matrix products runs before and after
each slice. A slice is dropped where either probe is below 0.9 of the run's median: the machine was busy with something
else. Ratios are made round by round, so that a machine that becomes slower meets both sides; the median is reported with
the smallest and the largest. An engine that ends in the middle is missing from then on; --json is written after every
round.

Beside VitFleet as it is there are: one replica of it alone, it as an older CPU would have it (VITFLEET_CPU), and with
--cli whole runs from files to rows in the database (stored_worker.py).

Where a machine's speed changes within a round, few engines in short slices say more: with --beside VitFleet's model alone
works once more before every other engine, and each ratio to it is made from the two slices of a round that lie next to
each other:
  side_by_side.py ... --beside --rounds 14 --slice 1.5 --classes int8 --only vitfleet,pipeline,onnxruntime,openvino

Within a precision class every engine has its best honest setting: `--tune` measures batches of 1, 4, 8, 16 and 32 (and
OpenVINO's hints) for each and prints which was best; the defaults below are what that gave on a machine with two cores.
Without --model a ViT-B/16 with random weights (seed 0) is made: speed does not depend on them. --demo takes the demo's
model and its pictures of 28x28 instead, unpacked as PNG. --end-to-end N also labels N photographs from files to a table on
disk (end_to_end.py), each system once in each of --end-to-end-rounds.
"""
import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import goals
import report

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, *[os.pardir] * 3, "resources")
KEPT = 0.9  # of the median probe
KINDS = ["vitfleet", "bytes", "stored", "one", "older", "pipeline", "model", "compile", "onnxruntime", "openvino"]

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

    def __init__(self, kind, name, precision, command, setting="", cpu=""):
        self.kind, self.name, self.precision, self.command, self.setting = kind, name, precision, command, setting
        self.environment = {**os.environ, "VITFLEET_CPU": cpu} if cpu else None
        self.slices = []
        self.process = None
        self.errors = None
        self.failure = ""

    def start(self):
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, env=self.environment)
        if self.process.stdout.readline().strip() == "ready":
            return True
        self.fail()
        return False

    def fail(self):
        """It has ended, or will not answer any more: the last that it said."""
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
        self.failure = lines[-1][:200] if lines else f"ended with {self.process.returncode}"

    def work(self, seconds):
        """None where it has ended instead."""
        try:
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
            done = json.loads(self.process.stdout.readline())
            if done["n"] > 0 and done["t"] > 0:
                return done
        except (OSError, ValueError, KeyError):
            pass
        self.fail()
        return None

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


def ours(args, precision):
    yield Engine("vitfleet", goals.OURS, precision, our_command(args, precision), "model only")
    yield Engine("bytes", "VitFleet, from JPEG bytes" if not args.demo else "VitFleet, from PNG bytes", precision,
                 our_command(args, precision, "--images", args.images), "decoders included")
    if args.cli:
        stored = [sys.executable, os.path.join(HERE, "stored_worker.py"), "--cli", args.cli, "--model", args.model,
                  "--images", args.images, "--precision", precision]
        yield Engine("stored", goals.STORED, precision, stored, "vitfleet-cli, one agent")
    if precision == "fp32":
        yield Engine("one", goals.ONE, precision, our_command(args, precision, "--replicas", "1"), "model only, one core")
    if not args.demo and precision != "bf16":
        for level in older_levels():
            yield Engine("older", goals.OLD.format(level), precision, our_command(args, precision),
                         f"VITFLEET_CPU={level}", level)


def has_brain_floats():
    return any(flag in report.machine()["flags"] for flag in ("avx512_bf16", "amx_bf16"))


def older_levels():
    """Of this CPU, those with other kernels for 8 bits than its best."""
    flags = report.machine()["flags"]
    return [level for level, better in [("avx2", "avx512_vnni"), ("vnni", "amx_int8")] if better in flags]


def unpack_demo(args):
    """Its model, beside which others may write theirs, and its pictures."""
    folder = os.path.join(tempfile.gettempdir(), "vitfleet-bench-demo")
    args.model, args.images = os.path.join(folder, "model"), os.path.join(folder, "pictures")
    shutil.copytree(os.path.join(DEMO, "models", "fashion-mnist-vit"), args.model, dirs_exist_ok=True)
    os.makedirs(args.images, exist_ok=True)
    from PIL import Image
    with gzip.open(os.path.join(DEMO, "data", "fashion-mnist", "t10k-images-idx3-ubyte.gz")) as file:
        file.read(16)  # magic number, 10,000, 28, 28
        for number in range(10_000):
            name, pixels = os.path.join(args.images, f"{number:05}.png"), file.read(28 * 28)
            if not os.path.exists(name):
                Image.frombytes("L", (28, 28), pixels).save(name)


def gflop_of(args):
    """Of one picture, as vitfleet-agent counts it."""
    command = [args.agent, "bench", "--model", args.model, "--seconds", "0.05", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["gflop_per_image"]


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
    for precision, name, engine, setting in demo_engines() if args.demo else ENGINES:
        if precision in classes or (args.only and name == goals.PIPELINE):  # named, it is what any class is compared with
            text = ", ".join(f"{key} {value}" for key, value in setting.items())
            engines.append(Engine(engine, name, precision, worker_command(args, engine, precision, setting), text))
    for precision in classes:
        engines += ours(args, precision)
    return [engine for engine in engines if is_asked_for(args, engine.kind)]


def is_asked_for(args, kind):
    return not args.only or kind in args.only.split(",")


def in_turn(args, engines):
    """Who works one after the other in a round."""
    if not args.beside:
        return list(engines)
    own = [engine for engine in engines if engine.name == goals.OURS]
    turns = []
    for engine in engines:
        if engine not in own:
            turns += [one for one in own if one.precision == engine.precision or engine.name == goals.PIPELINE]
            turns.append(engine)
    return turns + [one for one in own if one not in turns]


def demo_engines():
    """Small pictures want larger batches."""
    for precision, name, engine, setting in ENGINES:
        if setting["batch"] == 8:
            for batch in (16, 64) if engine == "pipeline" else (64,):
                yield precision, name.replace("batch 8", f"batch {batch}"), engine, {**setting, "batch": batch}
        else:
            yield precision, name, engine, setting


def one_slice(args, probe, engine, round_number, turn):
    """False where the engine has ended."""
    before = probe.work(args.probe)
    done = engine.work(args.slice)
    after = probe.work(args.probe)
    if not before or not after:
        sys.exit("the probe has ended: " + probe.failure)
    if done:
        engine.slices.append({"round": round_number, "turn": turn, "rate": done["n"] / done["t"],
                              "cpu": done["cpu"] / done["n"],
                              "probe": min(before["n"] / before["t"], after["n"] / after["t"])})
    return done is not None


def measure(args, gflop):
    probe = Engine("probe", "probe", "fp32", worker_command(args, "probe", "fp32", {}))
    if not probe.start():
        sys.exit("the probe does not start: " + probe.failure)
    engines = []
    missing = []
    for engine in engines_of(args):
        if engine.precision == "bf16" and not has_brain_floats():
            # It would be emulated, up to fifty times as slow as fp32 (seen), and hold up everybody else.
            missing.append({"name": engine.name, "class": "bf16", "why": "this CPU has no bf16"})
            continue
        print(f"# loads {engine.name} ({engine.precision})", flush=True)
        if engine.start():
            engines.append(engine)
        else:
            missing.append({"name": engine.name, "class": engine.precision, "why": engine.failure})
            print(f"#   missing: {engine.failure}", flush=True)
    for number in range(args.rounds):
        for turn, engine in enumerate(in_turn(args, engines)):
            if engine in engines and not one_slice(args, probe, engine, number, turn):
                engines.remove(engine)
                missing.append({"name": engine.name, "class": engine.precision,
                                "why": f"ended in round {number + 1}: {engine.failure}"})
        print(f"# round {number + 1}: " + "  ".join(f"{e.name} {e.precision} {e.slices[-1]['rate']:.2f}"
                                                    for e in engines), flush=True)
        result = summary(args, engines, missing, gflop)
        write_json(args, result)
    for engine in [probe, *engines]:
        engine.stop()
    return result


def write_json(args, result):
    if args.json:
        with open(args.json + ".part", "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
        os.replace(args.json + ".part", args.json)


def ratios(of, to, median_probe):
    """Round by round from the two slices that are nearest to each other, where neither was disturbed."""
    pairs = {}
    for a in of.slices:
        for b in to.slices:
            if a["round"] == b["round"]:
                pairs.setdefault(a["round"], []).append((abs(a["turn"] - b["turn"]), a, b))
    nearest = [min(found, key=lambda pair: pair[0]) for found in pairs.values()]
    return [a["rate"] / b["rate"] for _, a, b in nearest if min(a["probe"], b["probe"]) >= KEPT * median_probe]


def spread(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values), "rounds": len(values)} \
        if values else None


def summary(args, engines, missing, gflop):
    median_probe = statistics.median(s["probe"] for e in engines for s in e.slices)
    pipeline = goals.best_pipeline(engines) if args.demo else next((e for e in engines if "pipeline" in e.name), None)
    rows = []
    for engine in engines:
        kept = [s for s in engine.slices if s["probe"] >= KEPT * median_probe]
        best = goals.find(engines, (goals.OURS, engine.precision))
        used = kept or engine.slices
        rate = statistics.median(s["rate"] for s in used)
        rows.append({
            "class": engine.precision, "name": engine.name, "setting": engine.setting, "img_per_second": rate,
            "cpu_seconds_per_image": statistics.median(s["cpu"] for s in used), "kept": len(kept),
            "slices": len(engine.slices), "share_of_fp32_probe": rate * gflop / median_probe,
            "over_pipeline": spread(ratios(engine, pipeline, median_probe)) if pipeline else None,
            "vitfleet_over_this": spread(ratios(best, engine, median_probe)) if best and best is not engine else None})
    goal_rows = goals.measured(engines, lambda of, to: ratios(of, to, median_probe), spread, gflop, args.demo)
    return {"machine": report.machine(), "command": " ".join(["side_by_side.py", *report.shown_arguments(args)]),
            "is_demo": args.demo, "model": "the demo's model, 28x28" if args.demo else "ViT-B/16 at 224" if 32 < gflop < 33 else
            os.path.basename(args.model), "pipeline": pipeline.name if pipeline else "", "goals": goal_rows,
            "probe_gflops": median_probe, "rounds": args.rounds, "slice_seconds": args.slice, "rows": rows,
            "missing": missing}


def tune(args):
    """Each engine with several batches, a short slice each."""
    for precision, name, engine, setting in ENGINES:
        if precision not in args.classes.split(",") or not is_asked_for(args, engine):
            continue
        hints = ["THROUGHPUT", "LATENCY"] if engine == "openvino" else [None]
        results = {}
        for hint in hints:
            for batch in [1, 4, 8, 16, 32] if engine != "pipeline" else [setting["batch"]]:
                tried = {"batch": batch, **({"hint": hint} if hint else {})}
                one = Engine(engine, name, precision, worker_command(args, engine, precision, tried))
                if one.start() and (done := one.work(args.slice)):
                    results[json.dumps(tried)] = done["n"] / done["t"]
                one.stop()
        print(f"{precision} {name}: " + "  ".join(f"{k} {v:.2f}" for k, v in results.items()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--cli")
    parser.add_argument("--images", help="a folder of photographs; not with --demo")
    parser.add_argument("--model", default=os.path.join(tempfile.gettempdir(), "vitfleet-bench-vit-b16"))
    parser.add_argument("--demo", action="store_true", help="the demo's model and pictures in the place of ViT-B/16")
    parser.add_argument("--classes", default="fp32,bf16,int8")
    parser.add_argument("--only", metavar="KIND,KIND...", help="of " + ",".join(KINDS) + "; without it all of them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slice", type=float, default=6.0)
    parser.add_argument("--beside", action="store_true", help="VitFleet's model alone before every other engine")
    parser.add_argument("--probe", type=float, default=0.6)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--end-to-end", type=int, default=0, metavar="N")
    parser.add_argument("--end-to-end-rounds", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("--write", help="the page whose section is to be replaced; the plot goes to images/ beside it")
    args = parser.parse_args()
    if bool(args.images) == args.demo:
        parser.error("--images or --demo, one of them")
    if args.only and (unknown := set(args.only.split(",")) - set(KINDS)):
        parser.error(f"--only knows no {', '.join(sorted(unknown))}")
    for name in ("images", "agent", "cli"):
        if getattr(args, name):
            setattr(args, name, os.path.abspath(getattr(args, name)))
    if args.demo:
        unpack_demo(args)
    make_model(args.model)
    if args.tune:
        return tune(args)
    result = measure(args, gflop_of(args))
    if args.end_to_end:
        import end_to_end
        result["end_to_end"] = end_to_end.measure(args)
    write_json(args, result)
    print(report.markdown(result))
    if args.write:
        report.write_page(result, args.write)


if __name__ == "__main__":
    main()
