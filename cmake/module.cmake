# gatehouse_module(<name> SOURCES <files> [LINK <targets>] [PRIVATE_LINK <targets>])
#
# One folder below src/ = one subsystem = one library = one namespace. The link line is the list of
# modules it may include; tests/architecture checks the #include lines against the same rule.
function(gatehouse_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(gatehouse_${name} STATIC ${arg_SOURCES})
  add_library(gatehouse::${name} ALIAS gatehouse_${name})
  target_include_directories(
    gatehouse_${name}
    PUBLIC "${PROJECT_SOURCE_DIR}/include"
    PRIVATE "${PROJECT_SOURCE_DIR}/src/${name}")
  target_link_libraries(gatehouse_${name} PUBLIC ${arg_LINK} PRIVATE gatehouse_warnings
                                                                      ${arg_PRIVATE_LINK})
endfunction()

# gatehouse_test(<name> SOURCES <files> LINK <targets> [LABEL unit|integration] [TIMEOUT <s>])
#
# One GoogleTest program; every case of it becomes one ctest entry.
function(gatehouse_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support")
  target_link_libraries(${name} PRIVATE ${arg_LINK} gatehouse_warnings GTest::gmock GTest::gtest_main)
  # Tests write structures with defaulted std::optional members in place, and GCC 12 takes the flag
  # of such a member for uninitialised (gcc.gnu.org bug 80635).
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  gtest_discover_tests(
    ${name}
    DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ENVIRONMENT
               "GATEHOUSE_BIN=${PROJECT_BINARY_DIR}/gatehouse")
endfunction()
