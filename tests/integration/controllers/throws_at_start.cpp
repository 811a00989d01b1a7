#include <gatehouse/controllers.hpp>

#include <stdexcept>

extern "C" void gatehouse_controllers(gatehouse::Controllers&) {
  throw std::runtime_error("nothing to decide");
}
