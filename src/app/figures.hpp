#pragma once

#include <cstdint>
#include <string>

/// Figures as people read them. Pure.
namespace gatehouse::app {

/// "850 ms", "42 s", "3 min 5 s", "2 h 10 min", "5 d 3 h".
std::string duration_text(std::int64_t ms);
/// "850 ms", "42 s", "14 min", "3 h", "5 d": rounded up.
std::string short_duration(std::int64_t ms);
/// "0 B", "1.5 MiB".
std::string bytes_text(std::uint64_t bytes);
/// "12,345,678"
std::string count_text(std::int64_t count);

}  // namespace gatehouse::app
