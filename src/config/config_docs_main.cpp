// gatehouse-config-docs DIR: writes docs/configuration.md, config/gatehouse.toml and its manual
// page below DIR, the root of the source tree.
#include <gatehouse/config/documentation.hpp>

#include <fstream>
#include <iostream>
#include <string>

namespace {

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) std::cerr << "gatehouse-config-docs: cannot write " << path << '\n';
  return static_cast<bool>(file);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: gatehouse-config-docs DIR\n";
    return 1;
  }
  const std::string root = arguments[1];
  const bool reference =
      write(root + "/docs/configuration.md", gatehouse::config::render_reference());
  const bool example = write(root + "/config/gatehouse.toml", gatehouse::config::render_example());
  const bool manual = write(root + "/config/gatehouse.toml.5", gatehouse::config::render_manual());
  return reference && example && manual ? 0 : 1;
}
