#include "build_facts.hpp"

#include "commit.hpp"
#include "version.hpp"

#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <toml++/toml.h>
#include <zlib.h>
#include <zstd.h>

namespace gatehouse::app {
namespace {

/// 90100 is 9.1.0 in base 100.
std::string parts_of(int number, int base) {
  return fmt::format("{}.{}.{}", number / base / base, number / base % base, number % base);
}

}  // namespace

std::string build_facts() {
  return fmt::format(
      "gatehouse {}\n"
      "commit     " GATEHOUSE_COMMIT
      "\n"
      "compiler   " GATEHOUSE_COMPILER
      "\n"
      "libraries  Boost {}.{}.{}, CLI11 {}, fmt {}, simdjson {}, spdlog {}.{}.{}, toml++ "
      "{}.{}.{},\n"
      "           OpenSSL {}, SQLite {}, zlib {}, zstd {}",
      version, BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000, BOOST_VERSION % 100,
      CLI11_VERSION, parts_of(FMT_VERSION, 100),
      parts_of(simdjson::SIMDJSON_VERSION_MAJOR * 10'000 + simdjson::SIMDJSON_VERSION_MINOR * 100 +
                   simdjson::SIMDJSON_VERSION_REVISION,
               100),
      SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, TOML_LIB_MAJOR, TOML_LIB_MINOR,
      TOML_LIB_PATCH, ::OpenSSL_version(OPENSSL_VERSION_STRING), ::sqlite3_libversion(),
      ::zlibVersion(), ::ZSTD_versionString());
}

}  // namespace gatehouse::app
