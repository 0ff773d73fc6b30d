// SPDX-License-Identifier: GPL-3.0-or-later
// What each file of kernels offers. To be called only where the CPU has its instructions: cpu.h decides.
#pragma once

#include "agent/backends/torch/kernels/tile.h"

namespace vitfleet::kernels {

Tile plainFloat();
Tile plainBrain();
Tile plainBytes();
Tile avx2Float();
Tile avx2Bytes();
Tile avx512Float();
Tile avx512Bytes();
Tile avx512Brain(); ///< avx512_bf16
Tile vnniBytes();   ///< avx512_vnni
Tile amxBrain();    ///< amx_tile, amx_bf16
Tile amxBytes();    ///< amx_tile, amx_int8

bool permitAmx();    ///< asks the kernel, once a process, for the right to use it
void configureAmx(); ///< before the calling thread's products
void releaseAmx();   ///< after them: the system need not keep the tiles any more

} // namespace vitfleet::kernels
