# One interface target carries the warning set, so that third-party headers stay outside it.
add_library(gatehouse_warnings INTERFACE)
target_compile_options(
  gatehouse_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Woverloaded-virtual
            -Wold-style-cast
            -Wcast-align
            -Wformat=2
            -Wimplicit-fallthrough
            -Werror)
# GCC 12 sees overlapping copies in std::string's own code at -O3 (gcc.gnu.org bug 105651).
target_compile_options(gatehouse_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# The fuzz targets are built by clang, and it is g++ that has to be content.
if(GATEHOUSE_FUZZ)
  target_compile_options(gatehouse_warnings INTERFACE -w)
endif()
