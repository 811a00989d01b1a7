#pragma once

#include "conformance.hpp"

#include <vector>

namespace gatehouse::nats {

/// Everything that has to pass the conformance suite.
std::vector<ground_kind> grounds();

}  // namespace gatehouse::nats
