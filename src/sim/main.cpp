#include "cli.hpp"

#include <exception>
#include <iostream>

int main(int argument_count, char** arguments) {
  try {
    int exit_code = 0;
    const auto options = gatehouse::sim::parse_command_line(argument_count, arguments, exit_code);
    return options ? gatehouse::sim::run(*options) : exit_code;
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-sim: " << error.what() << '\n';
    return 1;
  }
}
