#pragma once

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace gatehouse::app {

/// What is wrong with the commands of a command line, before its options are looked at: a word that
/// is no command, with the one that was most likely meant. Empty: nothing. `arguments` begins with
/// the program's name.
std::string find_mistyped_command(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace gatehouse::app
