# How the program is put together from parts that announce themselves.
#
# Every part is an object library: the linker would drop a registrar that sits in a static archive.

# What every library of ours, and whoever links one, compiles and links with. Another project sees the public headers
# alone (cmake/Headers.cmake).
add_library(breakeven_settings INTERFACE)
target_compile_features(breakeven_settings INTERFACE cxx_std_20)
target_link_libraries(breakeven_settings INTERFACE Threads::Threads)
target_include_directories(breakeven_settings INTERFACE
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:include/breakeven>)

# The files that the program looks for lie in the build folder as `cmake --install` lays them out.
set(BREAKEVEN_HOME ${PROJECT_BINARY_DIR}/share/breakeven)  # suites, manifests, the Python package and cell
set(BREAKEVEN_PRIVATE ${PROJECT_BINARY_DIR}/lib/breakeven)  # programs and libraries that manifests name

# breakeven_link(PATH TARGET): PATH in the home is what TARGET, of this source tree, is.
function(breakeven_link path target)
  get_filename_component(folder ${BREAKEVEN_HOME}/${path} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${target} ${BREAKEVEN_HOME}/${path} SYMBOLIC)
endfunction()

# breakeven_part(COLLECTION NAME SOURCES file... [LINK library...])
# adds an object library NAME to the interface library COLLECTION.
function(breakeven_part collection name)
  cmake_parse_arguments(PART "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} OBJECT ${PART_SOURCES})
  target_link_libraries(${name} PUBLIC breakeven_contract ${PART_LINK})
  target_sources(${collection} INTERFACE $<TARGET_OBJECTS:${name}>)
  target_link_libraries(${collection} INTERFACE ${PART_LINK})
  target_sources(breakeven_parts PRIVATE $<TARGET_OBJECTS:${name}>)
  target_link_libraries(breakeven_parts PRIVATE ${PART_LINK})
endfunction()

# breakeven_backend(NAME SOURCES file... [LINK library...])
function(breakeven_backend name)
  breakeven_part(breakeven_backends backend_${name} ${ARGN})
endfunction()

# breakeven_workload(NAME SOURCES file... [LINK library...])
function(breakeven_workload name)
  breakeven_part(breakeven_workloads workload_${name} ${ARGN})
endfunction()

# breakeven_cell(TARGET file...): a program of the installation's own that a manifest names.
function(breakeven_cell target)
  breakeven_cell_without_words(${target} $<TARGET_OBJECTS:breakeven_cli> ${ARGN})
endfunction()

# The same with a main() of its own.
function(breakeven_cell_without_words target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE breakeven_core)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${BREAKEVEN_PRIVATE})
endfunction()

# The same parts as one archive that is linked whole, for programs outside (breakeven::main).
add_library(breakeven_parts STATIC)
