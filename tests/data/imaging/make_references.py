#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the small pictures of this folder, and references.csv: what Pillow and transformers make of them.

Needs Pillow 13 and transformers. Run it in this folder. unit_imaging compares our pixels with these hashes.
"""
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from transformers.image_transforms import center_crop, get_resize_output_image_size

W, H = 23, 17
rows = []


def formula(width, height):
    """The same numbers as `formulaPixel` in the test: smooth in parts, harsh in others."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * x * 7 + y * 13 + x * y * (3 + c) + c * 85 + (x // 5 % 2) * (y // 3 % 2) * 128) & 255).astype(np.uint8)


def fnv(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def as_hugging_face_loads(data):
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def good(name, data):
    with open(name, "wb") as file:
        file.write(data)
    image = as_hugging_face_loads(data)
    rows.append(("decode", name, image.width, image.height, "", "", fnv(image.tobytes())))


def bad(name, data, code):
    with open(name, "wb") as file:
        file.write(data)
    try:
        as_hugging_face_loads(data)
    except Exception:  # whatever it says: it refuses
        rows.append(("refuse", name, "", "", "", "", code))
        return
    raise SystemExit(f"Pillow opens {name}")


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pnm(header, data):
    return header.encode() + bytes(data)


rgb = Image.fromarray(formula(W, H))
grey = Image.fromarray(formula(W, H)[:, :, 0].copy())
alpha = Image.fromarray(np.dstack([formula(W, H), formula(W, H)[:, :, 1]]))
deep = Image.fromarray((formula(W, H)[:, :, 0].astype(np.uint16) * 3).copy())
bitmap = grey.point(lambda v: 255 * (v > 99)).convert("1")
palette = rgb.quantize(16)
cmyk = rgb.convert("CMYK")

good("rgb.jpg", saved(rgb, "JPEG", quality=90))
good("grey.jpg", saved(grey, "JPEG"))
good("cmyk.jpg", saved(cmyk, "JPEG", quality=95))
good("progressive.jpg", saved(rgb, "JPEG", progressive=True))
good("restart.jpg", saved(rgb, "JPEG", subsampling="4:4:4", restart_marker_blocks=1))
for value in range(1, 9):
    good(f"orientation_{value}.jpg", saved(rgb, "JPEG", exif=exif(value)))
good("orientation_6.png", saved(rgb, "PNG", exif=exif(6)))
good("orientation_8.webp", saved(rgb, "WEBP", exif=exif(8), lossless=True))
good("orientation_7.tif", saved(rgb, "TIFF", exif=exif(7)))
good("orientation_xmp.jpg", saved(rgb, "JPEG", xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="3"/></x:xmpmeta>'))

for name, image in (("rgb", rgb), ("grey", grey), ("alpha", alpha), ("deep", deep), ("bitmap", bitmap),
                    ("palette", palette), ("grey_alpha", alpha.convert("LA"))):
    good(f"{name}.png", saved(image, "PNG"))
good("palette_transparent.png", saved(palette, "PNG", transparency=3))
good("rgb.webp", saved(rgb, "WEBP", quality=80))
good("alpha.webp", saved(alpha, "WEBP", quality=80))
good("lossless.webp", saved(alpha, "WEBP", lossless=True, exact=True))
good("animated.webp", saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)], lossless=True))
for name, image in (("rgb", rgb), ("grey", grey), ("bitmap", bitmap), ("palette", palette), ("alpha", alpha)):
    good(f"{name}.bmp", saved(image, "BMP"))
good("palette.gif", saved(palette, "GIF"))
good("interlaced.gif", saved(grey, "GIF", interlace=1))
good("animated.gif", saved(rgb, "GIF", save_all=True, append_images=[rgb.rotate(180)]))
for name, image, options in (
        ("raw", rgb, {}), ("lzw", rgb, {"compression": "tiff_lzw"}), ("deflate", grey, {"compression": "tiff_deflate"}),
        ("packbits", palette, {"compression": "packbits"}), ("group4", bitmap, {"compression": "group4"}),
        ("jpeg", rgb, {"compression": "jpeg"}), ("cmyk", cmyk, {}), ("deep", deep, {}), ("alpha", alpha, {}),
        ("float", grey.convert("F"), {}), ("integer", grey.convert("I"), {})):
    good(f"{name}.tif", saved(image, "TIFF", **options))
good("grey.pgm", saved(grey, "PPM"))
good("rgb.ppm", saved(rgb, "PPM"))
good("bitmap.pbm", saved(bitmap, "PPM"))
good("deep.pgm", pnm("P5\n5 2\n1000\n", struct.pack(">10H", 0, 1, 2, 100, 255, 256, 500, 700, 999, 1000)))
good("maximum.pgm", pnm("P5 # a comment\n4 2 15\n", [0, 1, 2, 7, 8, 13, 14, 15]))
good("text.pgm", b"P2\n# a comment\n3 2 200\n0 1 2\n100 199 200\n")
good("text.ppm", b"P3 2 1 255 1 2 3 254 255 0\n")
good("text.pbm", b"P1\n4 2\n0 1 1 0\n1001\n")
good("one_pixel.png", saved(rgb.crop((3, 3, 4, 4)), "PNG"))
good("wide.png", saved(Image.fromarray(np.zeros((1, 60000), np.uint8)), "PNG"))

png = saved(rgb, "PNG")
at = png.index(b"IDAT")
bad("wrong_checksum.png", png[:at + 20] + bytes([png[at + 20] ^ 1]) + png[at + 21:], "E_IMG_CORRUPT")
bad("frames_out_of_order.png", png[:at - 4] + chunk(b"fcTL", struct.pack(">5I2H2B", 5, W, H, 0, 0, 1, 1, 0, 0)) + png[at - 4:],
    "E_IMG_CORRUPT")
bad("text_bomb.png", png[:at - 4] + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2 << 20), 9)) + png[at - 4:],
    "E_IMG_CORRUPT")
bad("not_a_picture.jpg", b"<!DOCTYPE html><html><body>not found</body></html>", "E_IMG_FORMAT")

# Every way through the resampling: fewer and more pixels, either pass first, one pass only, many and few taps.
for width, height, to_width, to_height in ((23, 17, 8, 6), (23, 17, 50, 40), (23, 17, 23, 9), (23, 17, 11, 17), (40, 90, 33, 20),
                                           (90, 40, 20, 33), (300, 200, 64, 64), (1, 1, 5, 3), (200, 3, 7, 30), (28, 28, 32, 32)):
    for resample in range(6):
        image = Image.fromarray(formula(width, height)).resize((to_width, to_height), resample)
        rows.append(("resize", resample, width, height, to_width, to_height, fnv(image.tobytes())))

# As a model's preprocessing: the shorter side first, then a crop, which pads where the picture is too small.
for width, height, edge, to_width, to_height in ((60, 40, 32, 28, 28), (40, 61, 32, 27, 28), (33, 50, 20, 25, 31), (50, 33, 21, 30, 16),
                                                 (31, 31, 16, 16, 16), (20, 90, 10, 17, 51)):
    image = Image.fromarray(formula(width, height))
    new_height, new_width = get_resize_output_image_size(np.asarray(image), edge, default_to_square=False, input_data_format="channels_last")
    image = np.asarray(image.resize((new_width, new_height), Image.Resampling.BICUBIC))
    image = center_crop(image, (to_height, to_width), input_data_format="channels_last")
    rows.append(("crop", edge, width, height, to_width, to_height, fnv(np.ascontiguousarray(image).tobytes())))

with open("references.csv", "w") as file:
    file.write("kind,name_filter_or_edge,width,height,to_width,to_height,expected\n")
    for row in rows:
        file.write(",".join(str(field) for field in row) + "\n")
print(len(rows), "references with Pillow", Image.__version__)
