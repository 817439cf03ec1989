# Run at every build: writes build_info.cpp anew only when what it says has changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT GIT_REVISION)
  set(GIT_REVISION unknown)
endif()
configure_file(${SOURCE}/bench/installation/build_info.cpp.in ${OUTPUT} @ONLY)
