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
