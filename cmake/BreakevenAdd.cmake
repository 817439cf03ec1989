# breakeven_add(TARGET file...): the whole program `breakeven` with a user's own workloads (or backends) in it.
#
# A workload that is measured without optimisation misleads: where the configuration names none, TARGET gets -O2. The
# results record the flags that TARGET is compiled with.
function(breakeven_add target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE breakeven::main)
  breakeven_optimisation(optimisation)
  if(optimisation)
    message(STATUS "breakeven: ${target} is compiled with -O2 where the configuration names no optimisation")
    target_compile_options(${target} BEFORE PRIVATE ${optimisation})
  endif()
  # A file a configuration and a language, since the options may depend on both; the target takes C++'s.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/breakeven_flags_${target}_$<CONFIG>_)
  file(GENERATE OUTPUT ${file}$<COMPILE_LANGUAGE>.cpp CONTENT
"extern \"C\" { extern const char* const breakeven_workload_flags; }
const char* const breakeven_workload_flags = R\"flags(${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}} \
$<JOIN:$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>, >)flags\";
")
  target_sources(${target} PRIVATE ${file}CXX.cpp)
endfunction()

# breakeven_optimisation(VARIABLE): -O2 for each configuration whose flags name no optimisation, else nothing.
function(breakeven_optimisation variable)
  set(found)
  set(configs ${CMAKE_CONFIGURATION_TYPES})
  if(NOT configs)
    set(configs "${CMAKE_BUILD_TYPE}:")  # the colon: an empty one is one too
  endif()
  foreach(config IN LISTS configs)
    string(REPLACE ":" "" config "${config}")
    string(TOUPPER "${config}" upper)
    if(NOT "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${upper}}" MATCHES "(^| )-O([1-3gsz]|fast)?( |$)")
      list(APPEND found $<$<CONFIG:${config}>:-O2>)
    endif()
  endforeach()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()
