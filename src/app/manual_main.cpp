// gatehouse-manual DIR: writes config/gatehouse.1 below DIR, the root of the source tree.
#include <gatehouse/app/cli.hpp>

#include <fstream>
#include <iostream>
#include <string>

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: gatehouse-manual DIR\n";
    return 1;
  }
  const std::string path = std::string{arguments[1]} + "/config/gatehouse.1";
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << gatehouse::app::manual_page() << std::flush;
  if (!file) std::cerr << "gatehouse-manual: cannot write " << path << '\n';
  return file ? 0 : 1;
}
