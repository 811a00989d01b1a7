#pragma once

#include "daemon_process.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::test {

/// Sum of a metric's samples whose labels contain this text; 0 without any. The daemon publishes
/// once a second, so what has just happened may be missing: wait for it.
double metric(const daemon_process& daemon, std::string_view name, std::string_view labels = {});

/// So many of the log's lines contain this text.
std::size_t count_in_log(const daemon_process& daemon, std::string_view text);

/// A port on a URL as the metrics' `url` label has it.
inline std::string port_label(std::uint16_t port) {
  return ':' + std::to_string(port) + '/';
}

/// Lines of a file: dead letters, for one. 0 without the file.
std::size_t lines_in(const std::filesystem::path& file);

}  // namespace gatehouse::test
