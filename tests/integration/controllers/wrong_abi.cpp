#include <cstdint>

namespace gatehouse {
struct Controllers;  // NOLINT(readability-identifier-naming)
}

extern "C" {
extern const std::uint32_t gatehouse_controllers_abi;
const std::uint32_t gatehouse_controllers_abi = 999;
void gatehouse_controllers(gatehouse::Controllers& /*controllers*/);
void gatehouse_controllers(gatehouse::Controllers& /*controllers*/) {}
}
