#pragma once

#include <CLI/App.hpp>

#include <string>

namespace gatehouse::app {

/// The manual page in roff, man(7).
std::string render_manual(const CLI::App& app);

}  // namespace gatehouse::app
