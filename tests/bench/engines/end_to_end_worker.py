#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""end_to_end_worker.py KIND PICTURES MODEL TABLE: one of the systems that VitFleet is compared with, as its own
documentation would have it. Writes TABLE.started: seconds from the process's start to the first picture."""
import csv
import os
import sys
import time

CORES = len(os.sched_getaffinity(0))


def since_start():
    with open("/proc/self/stat", encoding="utf-8") as file:
        ticks = float(file.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime", encoding="utf-8") as file:
        return float(file.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def tell_started(table, seconds):
    with open(table + ".started", "w", encoding="utf-8") as file:
        file.write(str(seconds))


def paths_of(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def with_pipeline(folder, model, table):
    from transformers import pipeline
    classify = pipeline("image-classification", model=model, device=-1)
    tell_started(table, since_start())
    os.mkdir(table)
    with open(os.path.join(table, "table.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "score"])
        for path in paths_of(folder):
            best = classify(path)[0]
            writer.writerow([path, best["label"], best["score"]])


class Classifier:
    """The model in a worker that has one core."""

    def __init__(self, model, marks):
        import torch
        from transformers import AutoImageProcessor, ViTForImageClassification
        torch.set_num_threads(1)
        self.processor = AutoImageProcessor.from_pretrained(model)
        self.net = ViTForImageClassification.from_pretrained(model).eval()
        with open(os.path.join(marks, str(os.getpid())), "w", encoding="utf-8") as file:
            file.write(str(time.time()))

    def labels(self, paths):
        import torch
        from PIL import Image
        pixels = self.processor([Image.open(p).convert("RGB") for p in paths], return_tensors="pt")
        with torch.inference_mode():
            scores = self.net(**pixels).logits.softmax(-1)
        best = scores.max(-1)
        return [self.net.config.id2label[i] for i in best.indices.tolist()], best.values.tolist()


def first_mark(marks, wall_at_start):
    times = []
    for name in os.listdir(marks):
        with open(os.path.join(marks, name), encoding="utf-8") as file:
            times.append(float(file.read()))
    return min(times) - wall_at_start


def with_ray(folder, model, table):
    wall = time.time() - since_start()
    import ray
    marks = table + ".marks"
    os.mkdir(marks)
    ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False)

    class Actor:
        def __init__(self):
            self.classifier = Classifier(model, marks)

        def __call__(self, batch):
            labels, scores = self.classifier.labels(list(batch["path"]))
            return {"path": batch["path"], "label": labels, "score": scores}
    pictures = ray.data.from_items([{"path": path} for path in paths_of(folder)], override_num_blocks=4 * CORES)
    pictures.map_batches(Actor, batch_size=8, concurrency=CORES, num_cpus=1).write_csv(table)
    tell_started(table, first_mark(marks, wall))


def with_spark(folder, model, table):
    wall = time.time() - since_start()
    import pandas
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import pandas_udf
    marks = table + ".marks"
    os.mkdir(marks)
    here = os.path.dirname(os.path.abspath(__file__))
    spark = (SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false")
             .config("spark.sql.execution.arrow.maxRecordsPerBatch", "8")
             .config("spark.executorEnv.PYTHONPATH", here + ":" + os.environ.get("PYTHONPATH", "")).getOrCreate())
    spark.sparkContext.addPyFile(os.path.join(here, "end_to_end_worker.py"))

    def classify(batches):
        from end_to_end_worker import Classifier as Worker
        classifier = Worker(model, marks)
        for paths in batches:
            labels, scores = classifier.labels(list(paths))
            yield pandas.DataFrame({"label": labels, "score": scores})
    from typing import Iterator
    classify.__annotations__ = {"batches": Iterator[pandas.Series], "return": Iterator[pandas.DataFrame]}
    udf = pandas_udf(classify, "label string, score double")
    frame = spark.createDataFrame([(path,) for path in paths_of(folder)], "path string").repartition(CORES)
    frame.select("path", udf("path").alias("best")).select("path", "best.label", "best.score") \
        .write.option("header", True).csv(table)
    tell_started(table, first_mark(marks, wall))
    spark.stop()


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    {"pipeline": with_pipeline, "ray": with_ray, "spark": with_spark}[sys.argv[1]](*sys.argv[2:5])
