// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/flops.h"

namespace vitfleet::agent {

double flopsOfOnePicture(const VitConfig& config)
{
    const double patches = static_cast<double>(config.imageHeight / config.patchHeight) *
                           static_cast<double>(config.imageWidth / config.patchWidth);
    const double tokens = patches + 1;
    const double hidden = config.hiddenSize, inner = config.intermediateSize;
    const double square = hidden * hidden, layers = config.layers;

    const double embedding = patches * config.channels * config.patchHeight * config.patchWidth * hidden;
    const double fullLayer = tokens * (4 * square + 2 * hidden * inner) // query, key, value, output; the two of the MLP
                             + 2 * tokens * tokens * hidden;            // scores, and their products with the values
    const double lastLayer = tokens * 2 * square + 2 * square + 2 * hidden * inner + 2 * tokens * hidden;
    const double head = hidden * static_cast<double>(config.labels.size());
    const double products = embedding + (layers > 0 ? (layers - 1) * fullLayer + lastLayer : 0) + head;
    return 2 * products;
}

} // namespace vitfleet::agent
