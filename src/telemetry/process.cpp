#include <gatehouse/telemetry/process.hpp>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::telemetry {
namespace {

std::string content(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// /proc/stat has it too, but is hidden by ProcSubset=pid, as the unit has it. Looked up once: the
/// clocks drift apart, and a start that moves would look like a restart.
double boot_unix_seconds() {
  static const double found = [] {
    timespec real{};
    timespec since_boot{};
    ::clock_gettime(CLOCK_REALTIME, &real);
    ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
    constexpr double nanoseconds = 1e9;
    return static_cast<double>(real.tv_sec - since_boot.tv_sec) +
           static_cast<double>(real.tv_nsec - since_boot.tv_nsec) / nanoseconds;
  }();
  return found;
}

/// The fields of /proc/self/stat that are wanted here; proc(5) numbers them from 1.
struct stat_fields {
  double user_ticks = 0;
  double system_ticks = 0;
  double start_ticks = 0;  ///< since the machine has started
  std::uint64_t threads = 0;
  std::uint64_t resident_pages = 0;
};

stat_fields read_stat() {
  const std::string text = content("/proc/self/stat");
  // The second field is the program's name in parentheses, which may hold anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest{text.substr(name_end + 1)};
  constexpr std::size_t first_field = 3;
  std::array<std::string, 25> fields;
  for (std::size_t i = first_field; i < fields.size(); ++i) rest >> fields[i];
  if (!rest) return {};
  return {.user_ticks = std::stod(fields[14]),
          .system_ticks = std::stod(fields[15]),
          .start_ticks = std::stod(fields[22]),
          .threads = std::stoull(fields[20]),
          .resident_pages = std::stoull(fields[24])};
}

std::uint64_t count_open_files() {
  std::error_code error;
  std::filesystem::directory_iterator entries{"/proc/self/fd", error};
  std::uint64_t count = 0;
  while (!error && entries != std::filesystem::directory_iterator{}) {
    ++count;
    entries.increment(error);
  }
  return count == 0 ? 0 : count - 1;  // without the one that reads the folder
}

}  // namespace

process_figures read_process() {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const stat_fields fields = read_stat();
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return {
      .resident_bytes = fields.resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
      .open_files = count_open_files(),
      .max_files = files.rlim_cur,
      .threads = fields.threads,
      .cpu_seconds = (fields.user_ticks + fields.system_ticks) / ticks_per_second,
      .start_unix_seconds = boot_unix_seconds() + fields.start_ticks / ticks_per_second};
}

double thread_cpu_seconds() noexcept {
  timespec used{};
  if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) return 0;
  constexpr double nanosecond = 1e-9;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * nanosecond;
}

}  // namespace gatehouse::telemetry
