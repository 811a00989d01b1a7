#include "daemon_figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace gatehouse::test {

double metric(const daemon_process& daemon, std::string_view name, std::string_view labels) {
  std::istringstream text{http_get(daemon.admin_port(), "/metrics").body};
  double sum = 0;
  for (std::string line; std::getline(text, line);) {
    const auto end_of_name = line.find_first_of("{ ");
    const auto value = line.rfind(' ');
    if (value == std::string::npos || line.compare(0, end_of_name, name) != 0) continue;
    if (line.substr(0, value).find(labels) == std::string::npos) continue;
    sum += std::strtod(line.c_str() + value, nullptr);
  }
  return sum;
}

std::size_t count_in_log(const daemon_process& daemon, std::string_view text) {
  const std::string log = daemon.log();
  std::size_t count = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + text.size())) {
    ++count;
  }
  return count;
}

std::size_t lines_in(const std::filesystem::path& file) {
  const auto text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace gatehouse::test
