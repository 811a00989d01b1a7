#pragma once

#include <CLI/App.hpp>

#include <string>

namespace gatehouse::app {

/// A script for "bash", "zsh" or "fish" that completes the commands, options and values of `app`.
std::string completions(const CLI::App& app, const std::string& shell);

}  // namespace gatehouse::app
