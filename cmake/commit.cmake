# Writes OUTPUT, a header with the commit that is built, when it has changed. GIVEN has it where there is
# no repository.
set(commit "${GIVEN}")
if(commit STREQUAL "")
  execute_process(
    COMMAND git describe --always --dirty --abbrev=10 --exclude=*
    WORKING_DIRECTORY "${SOURCE}"
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit STREQUAL "")
  set(commit unknown)
endif()
set(text "#pragma once\n\n#define GATEHOUSE_COMMIT \"${commit}\"\n")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE "${OUTPUT}" "${text}")
endif()
