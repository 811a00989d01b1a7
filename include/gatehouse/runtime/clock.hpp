#pragma once

#include <chrono>

namespace gatehouse::runtime {

/// The clock of every deadline and delay. Pure code never reads it: it is handed a `time_point`.
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace gatehouse::runtime
