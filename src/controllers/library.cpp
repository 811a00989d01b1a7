#include "library.hpp"

#include <dlfcn.h>
#include <filesystem>
#include <stdexcept>

namespace gatehouse::controllers {
namespace {

constexpr const char* entry_name = "gatehouse_controllers";
constexpr const char* abi_name = "gatehouse_controllers_abi";

std::string last_problem() {
  const char* text = ::dlerror();  // NOLINT(concurrency-mt-unsafe): there is one thread at start
  return text != nullptr ? text : "unknown reason";
}

void check_abi(void* handle) {
  const auto* abi = static_cast<const std::uint32_t*>(::dlsym(handle, abi_name));
  if (abi == nullptr) {
    throw std::runtime_error(std::string{"it has no "} + abi_name +
                             ": it was not built with gatehouse/controllers.hpp");
  }
  if (*abi == controllers_abi) return;
  throw std::runtime_error("it was built for controllers ABI " + std::to_string(*abi) +
                           ", this daemon has " + std::to_string(controllers_abi) +
                           ": compile it again with this version's gatehouse/controllers.hpp");
}

}  // namespace

registration open_library(const std::string& path) {
  // A bare name would be looked for in the system's folders.
  const auto whole = std::filesystem::absolute(path);
  void* handle = ::dlopen(whole.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(last_problem());
  check_abi(handle);
  void* entry = ::dlsym(handle, entry_name);
  if (entry == nullptr) {
    throw std::runtime_error(std::string{"it does not export "} + entry_name);
  }
  return reinterpret_cast<registration>(entry);
}

}  // namespace gatehouse::controllers
