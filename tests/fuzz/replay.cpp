#include "fuzz_input.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// In the place of libFuzzer's: every file of a folder, whole, and cut short at up to 64 places.
namespace {

constexpr std::size_t most_cuts = 64;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A copy of just this size, so that a sanitizer sees who reads behind it.
void run(std::string_view content) {
  const std::vector<std::uint8_t> exact(content.begin(), content.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> inputs;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path given{argv[i]};
    if (!std::filesystem::is_directory(given)) {
      inputs.push_back(given);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator{given}) {
      inputs.push_back(entry.path());
    }
  }
  std::sort(inputs.begin(), inputs.end());
  std::size_t runs = 0;
  for (const auto& path : inputs) {
    std::printf("%s\n", path.filename().c_str());
    std::fflush(stdout);  // the last line names the input that ends the process
    const std::string content = content_of(path);
    const std::size_t step = std::max<std::size_t>(1, content.size() / most_cuts);
    for (std::size_t size = 0; size < content.size(); size += step, ++runs) {
      run(std::string_view{content}.substr(0, size));
    }
    run(content);
    ++runs;
  }
  std::printf("%zu inputs, %zu runs\n", inputs.size(), runs);
  return inputs.empty() ? 1 : 0;
}
