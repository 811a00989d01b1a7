#pragma once

#include <gatehouse/controllers.hpp>

#include <string>

namespace gatehouse::controllers {

using registration = void (*)(Controllers&);

/// Opens a shared library for good and finds its `gatehouse_controllers`. Throws std::runtime_error
/// with the reason: it cannot be opened, or is made for another daemon.
[[nodiscard]] registration open_library(const std::string& path);

}  // namespace gatehouse::controllers
