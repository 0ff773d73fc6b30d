#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine in a process of its own, working when it is asked to.

Prints `ready` once it has loaded and warmed up. For each line on standard input, a number of seconds, it works that long
and prints one line of JSON: {"n": pictures, "t": seconds, "cpu": CPU seconds of this process and its threads}.
`vitfleet-agent bench --paced` speaks the same.
"""
import argparse
import json
import os
import sys
import time

def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["probe", "pipeline", "model", "compile", "onnxruntime", "openvino"])
    parser.add_argument("--model", default="")
    parser.add_argument("--images", default="")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "int8"])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--hint", default="THROUGHPUT", help="OpenVINO's performance hint")
    return parser.parse_args()


def photographs(folder, count):
    names = sorted(n for n in os.listdir(folder) if n.lower().endswith((".jpg", ".jpeg", ".png")))
    return [os.path.join(folder, n) for n in names[:count]]


def image_size(path):
    """Height and width that the model takes."""
    with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
        size = json.load(file).get("image_size", 224)
    return tuple(size) if isinstance(size, list) else (size, size)


def load_model(path, **options):
    from transformers import ViTForImageClassification
    return ViTForImageClassification.from_pretrained(path, **options).eval()


def probe(args):
    """The machine's speed at this moment: plain products, whose operations are counted in GFLOP."""
    import torch
    torch.set_num_threads(args.threads)
    left, right = torch.randn(1024, 1024), torch.randn(1024, 1024)
    out = torch.empty(1024, 1024)

    def step():
        torch.mm(left, right, out=out)
        return 2 * 1024**3 / 1e9
    return step


def pipeline(args):
    """As people write it: paths of photographs in, labels out."""
    import torch
    from transformers import pipeline as make
    torch.set_num_threads(args.threads)
    classify = make("image-classification", model=args.model, device=-1, batch_size=args.batch)
    files = photographs(args.images, 256)
    position = 0

    def step():
        nonlocal position
        chosen = [files[(position + i) % len(files)] for i in range(args.batch)]
        position += args.batch
        classify(chosen)
        return args.batch
    return step


def model(args):
    """The model alone on ready tensors, without the pipeline's decoding."""
    import torch
    torch.set_num_threads(args.threads)
    net = load_model(args.model)
    pixels = torch.randn(args.batch, 3, *image_size(args.model))
    if args.precision == "bf16":
        net, pixels = net.bfloat16(), pixels.bfloat16()
    elif args.precision == "int8":
        net = torch.ao.quantization.quantize_dynamic(net, {torch.nn.Linear}, dtype=torch.qint8)

    def step():
        with torch.inference_mode():
            net(pixels)
        return args.batch
    return step


def compiled(args):
    import torch
    import torch._inductor.config as inductor
    torch.set_num_threads(args.threads)
    inductor.freezing = True
    inductor.cpp.weight_prepack = True
    net = load_model(args.model)
    pixels = torch.randn(args.batch, 3, *image_size(args.model))
    if args.precision == "bf16":
        net, pixels = net.bfloat16(), pixels.bfloat16()
    net = torch.compile(net)

    def step():
        with torch.no_grad(): # freezing needs ordinary tensors
            net(pixels)
        return args.batch
    return step


def exported(path):
    """The model as ONNX, made once beside it."""
    target = os.path.join(path, "model.onnx")
    if not os.path.exists(target):
        import torch
        net = load_model(path, attn_implementation="eager")

        class Logits(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.net = net

            def forward(self, pixels):
                return self.net(pixels).logits
        torch.onnx.export(Logits(), (torch.randn(2, 3, *image_size(path)),), target + ".part", input_names=["pixels"],
                          output_names=["logits"], opset_version=17, dynamo=False,
                          dynamic_axes={"pixels": {0: "batch"}, "logits": {0: "batch"}})
        os.replace(target + ".part", target)
    return target


def onnxruntime(args):
    import numpy
    import onnxruntime as runtime
    source = exported(args.model)
    if args.precision == "int8":
        quantised = source.replace(".onnx", ".dynamic-int8.onnx")
        if not os.path.exists(quantised):
            from onnxruntime.quantization import QuantType, quantize_dynamic
            quantize_dynamic(source, quantised, weight_type=QuantType.QInt8, per_channel=True,
                             op_types_to_quantize=["MatMul", "Gemm"])
        source = quantised
    options = runtime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    pixels = numpy.random.default_rng(0).standard_normal((args.batch, 3, *image_size(args.model)), dtype=numpy.float32)

    def step():
        session.run(None, {"pixels": pixels})
        return args.batch
    return step


def calibrated(args, core):
    """Post-training quantisation with OpenVINO's own tool on photographs, made once beside the model."""
    import openvino
    target = os.path.join(args.model, "model.nncf-int8.xml")
    if not os.path.exists(target):
        import nncf
        from PIL import Image
        from transformers import AutoImageProcessor
        processor = AutoImageProcessor.from_pretrained(args.model)
        samples = [processor(Image.open(f).convert("RGB"), return_tensors="np")["pixel_values"]
                   for f in photographs(args.images, 64)]
        model_int8 = nncf.quantize(core.read_model(exported(args.model)), nncf.Dataset(samples),
                                   model_type=nncf.ModelType.TRANSFORMER, subset_size=64)
        openvino.save_model(model_int8, target)
    return target


def openvino(args):
    import numpy
    import openvino as ov
    core = ov.Core()
    source = calibrated(args, core) if args.precision == "int8" else exported(args.model)
    net = core.read_model(source)
    net.reshape([args.batch, 3, *image_size(args.model)])
    # What is not int8 in a quantised model runs in its default: bf16 where the CPU has it.
    settings = {"PERFORMANCE_HINT": args.hint, "INFERENCE_NUM_THREADS": args.threads}
    if args.precision != "int8":
        settings["INFERENCE_PRECISION_HINT"] = {"fp32": "f32", "bf16": "bf16"}[args.precision]
    compiled_model = core.compile_model(net, "CPU", settings)
    queue = ov.AsyncInferQueue(compiled_model)
    pixels = numpy.random.default_rng(0).standard_normal((args.batch, 3, *image_size(args.model)), dtype=numpy.float32)

    def step():
        for _ in range(len(queue)):
            queue.start_async({0: pixels})
        queue.wait_all()
        return len(queue) * args.batch
    return step


def cpu_seconds():
    times = os.times()
    return times.user + times.system


def main():
    args = parse()
    answers = os.dup(1)
    os.dup2(2, 1)  # a library that prints must not answer for us
    step = {"probe": probe, "pipeline": pipeline, "model": model, "compile": compiled, "onnxruntime": onnxruntime,
            "openvino": openvino}[args.engine](args)
    os.dup2(answers, 1)
    for _ in range(2):
        step()
    print("ready", flush=True)
    for line in sys.stdin:
        seconds = float(line)
        done, elapsed, begin, cpu = 0, 0.0, time.perf_counter(), cpu_seconds()
        while elapsed < seconds:
            done += step()
            elapsed = time.perf_counter() - begin
        print(json.dumps({"n": done, "t": elapsed, "cpu": cpu_seconds() - cpu}), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
