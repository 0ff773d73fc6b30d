// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of postings: what rows of ended runs can be found by without reading all of them.
#pragma once

namespace vitfleet::app::sqlite {

enum class Posting : unsigned char
{
    Invalid = 0,
    Label = 1,    ///< index of the first label
    Correct = 2,  ///< 0 or 1
    Error = 3,    ///< number of the error; labelled rows have none
    Expected = 4, ///< the expected label's index
    Score = 5,    ///< the best score, see scoreStep; labelled rows alone
    Source = 6,   ///< who made the row: source.id
};

/// Scores in steps of a percent: 2k is exactly k percent, 2k + 1 what lies between k and k + 1, so that a range between
/// whole percents, ends included, is a range of steps. Exact, since scores are floats that were widened: times a
/// hundred they still fit a double. The SQL of a column.
inline constexpr char scoreStep[] = "2*CAST(score_1*100 AS INTEGER)+(score_1*100>CAST(score_1*100 AS INTEGER))";

} // namespace vitfleet::app::sqlite
