# How the program is put together from parts that announce themselves.
#
# Every part is an object library: the linker would drop a registrar that sits in a static archive.

add_library(breakeven_settings INTERFACE)
target_compile_features(breakeven_settings INTERFACE cxx_std_20)
target_compile_options(breakeven_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
target_include_directories(breakeven_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(breakeven_settings INTERFACE Threads::Threads)
if(BREAKEVEN_SANITIZE)
  target_compile_options(breakeven_settings INTERFACE -fsanitize=${BREAKEVEN_SANITIZE} -fno-omit-frame-pointer -g)
  target_link_options(breakeven_settings INTERFACE -fsanitize=${BREAKEVEN_SANITIZE})
endif()

# Manifests that are written here are loaded by every program: the only place, beside --backend-manifest, from which
# it learns of commands.
set(BREAKEVEN_MANIFESTS ${PROJECT_BINARY_DIR}/manifests)

# breakeven_part(COLLECTION NAME SOURCES file... [LINK library...])
# adds an object library NAME to the interface library COLLECTION.
function(breakeven_part collection name)
  cmake_parse_arguments(PART "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} OBJECT ${PART_SOURCES})
  target_link_libraries(${name} PUBLIC breakeven_contract ${PART_LINK})
  target_sources(${collection} INTERFACE $<TARGET_OBJECTS:${name}>)
  target_link_libraries(${collection} INTERFACE ${PART_LINK})
endfunction()

# breakeven_backend(NAME SOURCES file... [LINK library...])
function(breakeven_backend name)
  breakeven_part(breakeven_backends backend_${name} ${ARGN})
endfunction()

# breakeven_workload(NAME SOURCES file... [LINK library...])
function(breakeven_workload name)
  breakeven_part(breakeven_workloads workload_${name} ${ARGN})
endfunction()

# breakeven_add(TARGET file...): the whole program with a user's own workloads (or backends) in it.
function(breakeven_add target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE breakeven_main)
endfunction()
