# SPDX-License-Identifier: GPL-3.0-or-later
"""What VitFleet is to reach on one node, as ratios of one run: must, aim and what was seen."""
import report

OURS, STORED, ONE, OLD = "VitFleet", "VitFleet, from files to stored rows", "VitFleet, one replica", "VitFleet as {}"
PIPELINE = "Hugging Face pipeline, batch 1"

# What, must, aim, (name, class) over (name, class), the CPU flag that it needs.
VIT_BASE = [
    ("fp32 over the pipeline", 1.45, 1.65, (OURS, "fp32"), (PIPELINE, "fp32"), None),
    ("fp32 over OpenVINO", 1.03, 1.15, (OURS, "fp32"), ("OpenVINO", "fp32"), None),
    ("fp32 over ONNX Runtime", 1.15, 1.3, (OURS, "fp32"), ("ONNX Runtime", "fp32"), None),
    ("bf16 over OpenVINO's bf16", 1.1, 1.3, (OURS, "bf16"), ("OpenVINO", "bf16"), "amx_bf16"),
    ("bf16 over the pipeline", 7, 8.5, (OURS, "bf16"), (PIPELINE, "fp32"), "amx_bf16"),
    ("int8 over OpenVINO's calibrated int8", 1.25, 1.5, (OURS, "int8"), ("OpenVINO, calibrated (NNCF)", "int8"), "amx_int8"),
    ("int8 over ONNX Runtime's dynamic int8", 2.2, 2.8, (OURS, "int8"), ("ONNX Runtime, dynamic", "int8"), "amx_int8"),
    ("int8 over the pipeline", 12, 14, (OURS, "int8"), (PIPELINE, "fp32"), "amx_int8"),
    ("int8 over our fp32, with AVX-512 VNNI", 2.5, 3.0, (OLD.format("vnni"), "int8"), (OURS, "fp32"), "avx512_vnni"),
    ("int8 over our fp32, both on AVX2", 1.5, 1.6, (OLD.format("avx2"), "int8"), (OLD.format("avx2"), "fp32"), "avx2"),
    ("two cores over one, fp32", 1.9, 1.97, (OURS, "fp32"), (ONE, "fp32"), None),
    ("files to stored rows over model only, fp32", 0.97, 0.985, (STORED, "fp32"), (OURS, "fp32"), None),
    ("files to stored rows over model only, int8", 0.9, 0.95, (STORED, "int8"), (OURS, "int8"), None),
]
SMALL = [("files to stored rows over the pipeline at its best", 1.25, 2.5, (STORED, "fp32"), None, None)]


def find(engines, wanted):
    found = next((e for e in engines if (e.name, e.precision) == wanted), None)
    if found is None and wanted[0] == OLD.format("vnni"):  # where that is the best there is
        found = next((e for e in engines if (e.name, e.precision) == (OURS, wanted[1])), None)
    return found


def best_pipeline(engines):
    pipelines = [e for e in engines if "pipeline" in e.name]
    return max(pipelines, key=lambda e: sum(s["rate"] for s in e.slices) / len(e.slices), default=None)


def measured(engines, ratios, spread, gflop, is_small):
    """For each goal a row; `seen` is None where one of the two engines is missing."""
    flags = report.machine()["flags"]
    rows = []
    ours = find(engines, (OURS, "fp32"))
    if ours and not is_small:
        shares = [s["rate"] * gflop / s["probe"] for s in ours.slices]
        rows.append({"what": "fp32, share of the probe beside each slice", "must": 0.88, "aim": 1.0, "needs": None,
                     "seen": spread(shares)})
    for what, must, aim, of, to, needs in SMALL if is_small else VIT_BASE:
        one, other = find(engines, of), find(engines, to) if to else best_pipeline(engines)
        rows.append({"what": what, "must": must, "aim": aim, "needs": needs if needs not in flags else None,
                     "seen": spread(ratios(one, other)) if one and other else None})
    return rows


def table(rows):
    lines = ["| ratio | must | aim | seen | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        seen = row["seen"]
        verdict = "not measured" if not seen else "below the must" if seen["median"] < row["must"] else \
            "reaches the aim" if seen["median"] >= row["aim"] else "reaches the must"
        if row["needs"]:
            verdict = f"meant for {row['needs']}, which this machine lacks"
        lines.append(f"| {row['what']} | {row['must']:g} | {row['aim']:g} | {report.ratio(seen)} | {verdict} |")
    return lines
