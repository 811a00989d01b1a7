#pragma once

#include <CLI/App.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

/// A script for "bash", "zsh" or "fish" that completes the command line of `app`. With `words`,
/// those behind the program's name as far as they are written: what the last of them may become,
/// one a line, with its help behind a tab; or "files".
std::string completions(const CLI::App& app, std::string_view shell,
                        const std::vector<std::string>& words);

}  // namespace gatehouse::app
