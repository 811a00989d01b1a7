#pragma once

#include "metric_text.hpp"

#include <gatehouse/fleet/view.hpp>

namespace gatehouse::admin {

/// The part of `/metrics` about the fleet that this process is a member of.
void add_fleet(metric_text& out, const fleet::fleet_view& view);

}  // namespace gatehouse::admin
