// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "app/core/data/item_table.h"

#include <malloc.h>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

ItemRecord makeItem(std::uint32_t number)
{
    ItemRecord item;
    item.id = ItemId(number);
    item.path = "train/n0" + std::to_string(1440764 + number % 1000) + "/n0" + std::to_string(1440764 + number % 1000) +
                "_" + std::to_string(number) + ".JPEG";
    item.bytes = 100'000 + number;
    item.headHash[3] = static_cast<std::uint8_t>(number);
    item.expected = "n0" + std::to_string(1440764 + number % 1000);
    if (number % 2 == 0)
        item.expectedLabel = number % 1000;
    if (number % 1000 == 7)
        item.scanError = {ErrorCode::PathEscape, item.path};
    return item;
}

} // namespace

void TestItems::whatGoesInComesOut()
{
    ItemTable table;
    QCOMPARE(table.meanBytes(), 0.0);
    constexpr std::uint32_t count = 50'000;
    for (std::uint32_t i = 0; i < count; ++i)
        table.append(makeItem(i));
    QCOMPARE(table.size(), count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const ItemRecord expected = makeItem(i), got = table.at(ItemId(i));
        QCOMPARE(got.id.value, i);
        QCOMPARE(got.path, expected.path);
        QCOMPARE(got.bytes, expected.bytes);
        QCOMPARE(got.headHash, expected.headHash);
        QCOMPARE(got.expected, expected.expected);
        QCOMPARE(got.expectedLabel, expected.expectedLabel);
        QCOMPARE(table.expectedLabel(ItemId(i)), expected.expectedLabel);
        QCOMPARE(got.scanError, expected.scanError);
    }
    QCOMPARE(table.meanBytes(), 100'000 + (count - 1) / 2.0);
    // As long as a path may be, and empty.
    ItemRecord odd;
    odd.id = ItemId(count);
    odd.path = std::string(4096, 'p');
    table.append(odd);
    odd.id = ItemId(count + 1);
    odd.path.clear();
    table.append(odd);
    QCOMPARE(table.at(ItemId(count)).path.size(), 4096U);
    QCOMPARE(table.at(ItemId(count + 1)).path, std::string());
}

void TestItems::aMillionItems()
{
    constexpr std::uint32_t count = 1'000'000;
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    ItemTable table;
    for (std::uint32_t i = 0; i < count; ++i)
        table.append(makeItem(i));
    const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    const double told = static_cast<double>(table.memoryBytes()) / count;
    const double taken = after > before ? static_cast<double>(after - before) / count : 0;
    qInfo("%.1f bytes an item by its own count, %.1f by the allocator's", told, taken);
    QVERIFY(told < 200);
    QVERIFY(taken < 200);
    QVERIFY(taken == 0 || std::abs(told - taken) < 20); // zero under a sanitizer's allocator
    QCOMPARE(table.at(ItemId(999'999)).path, makeItem(999'999).path);
}
