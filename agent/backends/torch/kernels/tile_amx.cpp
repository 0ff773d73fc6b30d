// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AMX (tile, int8, bf16); see tile_loop.h on what may be included. A panel's layout is just what a tile of
// weights wants: 16 words of the depth, 16 columns each, a panel's row apart.
#include "agent/backends/torch/kernels/isa.h"

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitfleet::kernels {
namespace {

constexpr std::size_t side = 16; ///< rows of a tile, words of its rows
constexpr std::size_t panelColumns = 32;

struct alignas(64) TileShapes
{
    std::uint8_t palette = 1, startRow = 0, reserved[14] = {};
    std::uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Tile numbers are part of the instructions: macros, as the compiler's own are. 0 to 3 are sums, 4 and 5 rows, 6 and 7
// weights.
#define VITFLEET_AMX_TILE(name, multiply)                                                                              \
    void name(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out,                     \
              std::size_t outStride, std::size_t rows, const Ahead& ahead)                                             \
    {                                                                                                                  \
        const auto aBytes = static_cast<long>(aStride * sizeof(Word));                                                 \
        const auto outBytes = static_cast<long>(outStride * sizeof(Word));                                             \
        constexpr long panelBytes = panelColumns * sizeof(Word);                                                       \
        const bool two = rows > side;                                                                                  \
        _tile_zero(0);                                                                                                 \
        _tile_zero(1);                                                                                                 \
        if (two) {                                                                                                     \
            _tile_zero(2);                                                                                             \
            _tile_zero(3);                                                                                             \
        }                                                                                                              \
        for (std::size_t k = 0; k < words; k += side) {                                                                \
            for (std::size_t i = 0; i < ahead.lines; ++i)                                                              \
                _mm_prefetch(ahead.data + (k * ahead.lines + i * side), _MM_HINT_T1);                                  \
            _tile_loadd(4, a + k, aBytes);                                                                             \
            _tile_loadd(6, panel + k * panelColumns, panelBytes);                                                      \
            multiply(0, 4, 6);                                                                                         \
            _tile_loadd(7, panel + k * panelColumns + side, panelBytes);                                               \
            multiply(1, 4, 7);                                                                                         \
            if (two) {                                                                                                 \
                _tile_loadd(5, a + side * aStride + k, aBytes);                                                        \
                multiply(3, 5, 7);                                                                                     \
                multiply(2, 5, 6);                                                                                     \
            }                                                                                                          \
        }                                                                                                              \
        _tile_stored(0, out, outBytes);                                                                                \
        _tile_stored(1, out + side, outBytes);                                                                         \
        if (two) {                                                                                                     \
            _tile_stored(2, out + side * outStride, outBytes);                                                         \
            _tile_stored(3, out + side * outStride + side, outBytes);                                                  \
        }                                                                                                              \
    }

VITFLEET_AMX_TILE(bytes, _tile_dpbusd)
VITFLEET_AMX_TILE(brains, _tile_dpbf16ps)

#undef VITFLEET_AMX_TILE

Tile tileOf(TileFunction compute)
{
    Tile tile{compute, 2 * side, panelColumns};
    tile.wordMultiple = side;
    tile.rowMultiple = side;
    return tile;
}

} // namespace

bool permitAmx()
{
    constexpr long requestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long tileData = 18;              // XFEATURE_XTILEDATA
    return ::syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

void configureAmx()
{
    // Not a local: GCC's intrinsic names only the first eight bytes as what it reads, so that stores to the others
    // would be left out, and the instruction faults on what it then finds (seen with GCC 12).
    static constexpr TileShapes shapes;
    _tile_loadconfig(&shapes);
}

void releaseAmx()
{
    _tile_release();
}

Tile amxBrain()
{
    return tileOf(&brains);
}

Tile amxBytes()
{
    return tileOf(&bytes);
}

} // namespace vitfleet::kernels
