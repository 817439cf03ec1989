# What `cmake --install` lays out, and the Debian package made of it. No installed file names the source tree or the
# prefix, so that the whole can move: docs/install.md.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
if(BREAKEVEN_PEERS)
  return()  # other people's runtimes are for comparing with, from the build folder
endif()

set(PRIVATE lib/breakeven)  # as BREAKEVEN_PRIVATE in the build folder: manifests name it
set(HOME share/breakeven)

add_custom_target(breakeven_product DEPENDS breakeven bare_ring breakeven_topology breakeven_kernel breakeven_openmp breakeven_parts breakeven_payload)
install(TARGETS breakeven RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS bare_ring breakeven_topology RUNTIME DESTINATION ${PRIVATE})
install(TARGETS breakeven_kernel breakeven_openmp LIBRARY DESTINATION ${PRIVATE})
install(DIRECTORY bench/suites DESTINATION ${HOME})
install(FILES bench/raw/manifest.json DESTINATION ${HOME}/manifests RENAME raw.json)
install(FILES backends/python/manifest.json DESTINATION ${HOME}/manifests RENAME python.json)
install(DIRECTORY backends/python/ DESTINATION ${HOME}/cell FILES_MATCHING PATTERN "*.py" PATTERN __pycache__ EXCLUDE)
install(FILES backends/languages/manifest.json DESTINATION ${HOME}/manifests RENAME languages.json)
install(FILES backends/languages/probe DESTINATION ${HOME}/languages)
install(DIRECTORY backends/languages/node DESTINATION ${HOME}/languages)
install(DIRECTORY ${BREAKEVEN_HOME}/languages/java ${BREAKEVEN_HOME}/languages/go ${BREAKEVEN_HOME}/languages/rust
        DESTINATION ${HOME}/languages OPTIONAL USE_SOURCE_PERMISSIONS)
install(FILES backends/clusters/manifest.json DESTINATION ${HOME}/manifests RENAME clusters.json)
install(FILES backends/clusters/py_cell.py backends/clusters/dask_cluster.py backends/clusters/probe DESTINATION ${HOME}/clusters)
install(PROGRAMS ${BREAKEVEN_PRIVATE}/breakeven_mpi ${BREAKEVEN_PRIVATE}/breakeven_mpi_link DESTINATION ${PRIVATE} OPTIONAL)
install(DIRECTORY backends/sdk DESTINATION ${HOME} PATTERN __pycache__ EXCLUDE)
install(DIRECTORY analysis/ DESTINATION ${HOME}/python/breakeven USE_SOURCE_PERMISSIONS
        PATTERN __pycache__ EXCLUDE PATTERN .mypy_cache EXCLUDE)
# Where Python looks without being told; elsewhere PYTHONPATH names share/breakeven/python.
install(CODE [[if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  file(MAKE_DIRECTORY $ENV{DESTDIR}/usr/lib/python3/dist-packages)
  file(CREATE_LINK ../../../share/breakeven/python/breakeven $ENV{DESTDIR}/usr/lib/python3/dist-packages/breakeven SYMBOLIC)
endif()]])
install(FILES LICENSE README.md DESTINATION share/doc/breakeven)
foreach(header IN LISTS BREAKEVEN_HEADERS)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION include/breakeven/${folder})
endforeach()

# find_package(breakeven) gives breakeven::main, breakeven::thread_pool, breakeven::fork_pool and breakeven_add().
foreach(name IN ITEMS main thread_pool fork_pool)
  set_target_properties(breakeven_${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS breakeven_settings breakeven_libdeflate breakeven_platform breakeven_thread_pool breakeven_fork_pool
        breakeven_contract breakeven_payload breakeven_build_info breakeven_core breakeven_parts breakeven_main
        EXPORT breakeven ARCHIVE DESTINATION ${PRIVATE})
install(EXPORT breakeven NAMESPACE breakeven:: FILE breakeven-targets.cmake DESTINATION lib/cmake/breakeven)
configure_package_config_file(cmake/breakeven-config.cmake.in ${PROJECT_BINARY_DIR}/breakeven-config.cmake
                              INSTALL_DESTINATION lib/cmake/breakeven)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/breakeven-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/breakeven-config.cmake ${PROJECT_BINARY_DIR}/breakeven-config-version.cmake
              cmake/BreakevenAdd.cmake bench/installation/home_of_user.cpp.in DESTINATION lib/cmake/breakeven)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME breakeven)
set(CPACK_PACKAGE_CONTACT "The Breakeven developers <breakeven@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "measures where parallelism pays: threads, processes, futures, OpenMP")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "python3 (>= 3.9), python3-matplotlib, python3-numpy, python3-scipy, python3-fastjsonschema, python3-jinja2")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-joblib")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++, libbenchmark-dev, libdeflate-dev, zlib1g-dev")
include(CPack)
