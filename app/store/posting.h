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
};

} // namespace vitfleet::app::sqlite
