#pragma once

#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/config/settings.hpp>

namespace gatehouse::app {

/// Sends each letter, in order, to the handler that its event goes to by these settings. Stops at
/// the first answer that speaks of the handler and not of the event. Blocking.
replay_result replay_dead_letters(const config::settings& settings);

}  // namespace gatehouse::app
