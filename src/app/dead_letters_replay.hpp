#pragma once

#include "letter_sender.hpp"

#include <gatehouse/app/dead_letters.hpp>

#include <filesystem>
#include <functional>

namespace gatehouse::app {

using letter_filter = std::function<bool(const storage::dead_letter&)>;

/// Sends each wanted letter, in order. Stops at the first answer that speaks of the handler and not
/// of the event. Blocking.
replay_result replay_dead_letters(const std::filesystem::path& folder, letter_sender& sender,
                                  const letter_filter& is_wanted);

}  // namespace gatehouse::app
