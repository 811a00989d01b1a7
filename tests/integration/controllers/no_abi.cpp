namespace gatehouse {
struct Controllers;  // NOLINT(readability-identifier-naming)
}

extern "C" {
void gatehouse_controllers(gatehouse::Controllers& /*controllers*/);
void gatehouse_controllers(gatehouse::Controllers& /*controllers*/) {}
}
