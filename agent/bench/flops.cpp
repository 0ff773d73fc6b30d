// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/flops.h"

namespace vitfleet::agent {

double flopsOfOnePicture(const VitConfig& config)
{
    const double patches = patchCount(config), tokens = tokenCount(config);
    const double hidden = config.hiddenSize, inner = config.intermediateSize;
    const double square = hidden * hidden, layers = config.layers;
    // Tokens that the head reads, and values of each picture that it takes.
    const double headTokens = config.head == Head::ClassAndPatchMean      ? tokens
                              : config.head == Head::ClassAndDistillation ? 2
                                                                          : 1;
    const double headInputs = (config.head == Head::ClassToken ? 1 : 2) * hidden;

    const double embedding = patches * config.channels * config.patchHeight * config.patchWidth * hidden;
    const double mlp = (config.swiGlu ? 3 : 2) * hidden * inner; // gate, up and down; or the two of the MLP
    // `rows` of the tokens are asked and go on; keys and values come from all.
    const auto layer = [&](double rows) {
        return tokens * 2 * square           // keys and values
               + rows * (2 * square + mlp)   // queries and output
               + 2 * rows * tokens * hidden; // scores, and their products with the values
    };
    const double encoder = layers > 0 ? (layers - 1) * layer(tokens) + layer(headTokens) : 0;
    const double head = headInputs * static_cast<double>(config.labels.size());
    return 2 * (embedding + encoder + head);
}

} // namespace vitfleet::agent
