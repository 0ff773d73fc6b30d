// SPDX-License-Identifier: GPL-3.0-or-later
// Which kernels this machine gets. Decided by the CPU's flags alone, never by a measurement: equal machines must give
// equal bits. VITFLEET_CPU=plain|avx2|avx512|vnni|amx in the environment makes a newer machine play an older one.
#pragma once

#include "agent/backends/torch/kernels/passes.h"
#include "agent/backends/torch/kernels/tile.h"

#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::kernels {

/// What the entries of rows and weights are.
enum class Numbers : std::uint8_t
{
    Float = 0,
    Brain, ///< bf16
    Bytes  ///< 8-bit integers
};

enum class Level : std::uint8_t
{
    Plain = 0, ///< C++ alone: what the others are compared with
    Avx2,      ///< with FMA
    Avx512,    ///< F, BW, DQ, VL
    Vnni,      ///< avx512_vnni, and avx512_bf16 where the CPU has it
    Amx        ///< amx_tile with amx_bf16 and amx_int8, permitted by the kernel
};

struct Kernels
{
    Level level = Level::Plain;
    std::string name; ///< "AVX-512 VNNI"
    Tile floats, brains, bytes;
    const Passes* passes = nullptr;

    const Tile& tile(Numbers numbers) const
    {
        return numbers == Numbers::Float ? floats : numbers == Numbers::Brain ? brains : bytes;
    }
    /// In which the patch embedding and attention compute where the layers' weights are `numbers`: never 8 bits, bf16
    /// only where this machine has it.
    Numbers besides(Numbers numbers) const
    {
        return numbers != Numbers::Float && brains.compute != nullptr ? Numbers::Brain : Numbers::Float;
    }
};

/// The highest level of this CPU, no higher than VITFLEET_CPU asks for.
Level cpuLevel();
std::vector<Level> levelsUpTo(Level most);
std::string_view levelName(Level level); ///< as VITFLEET_CPU has it

/// `level` must not be above what the CPU has. Checked as below.
Kernels kernelsOf(Level level);

/// Compares each product with its definition on small problems. One that is wrong is replaced by that of the level
/// below, with a warning and a name that says so, as "AVX2 (int8 of plain C++)": nodes that compute otherwise are of
/// another kind.
Kernels checkedKernels(Kernels kernels);

/// 10^9 multiplications and additions a second in the calling thread, from a few milliseconds of work.
double speedOf(const Kernels& kernels, Numbers numbers);

/// Lives while the calling thread computes: AMX has a state that must be set up, and taken down.
class ThreadState
{
public:
    explicit ThreadState(const Kernels& kernels);
    ~ThreadState();
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;

private:
    bool m_amx;
};

} // namespace vitfleet::kernels
