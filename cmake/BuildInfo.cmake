# Run at every build: writes build_info.cpp anew only when what it says has changed.
# The revision is that of this source tree's own repository, not of one that the tree was unpacked into.
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-cdup
                OUTPUT_VARIABLE ABOVE RESULT_VARIABLE OUTSIDE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(GIT_REVISION unknown)
if(OUTSIDE EQUAL 0 AND ABOVE STREQUAL "")
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
configure_file(${SOURCE}/bench/installation/build_info.cpp.in ${OUTPUT} @ONLY)
