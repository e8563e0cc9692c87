# SPDX-License-Identifier: MIT
# What is installed: the library, its headers, the programs, and how others find the library, by
# pkg-config and by CMake.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/rnnrepair)

install(TARGETS rnnrepair EXPORT rnnrepairTargets LIBRARY)
if(RR_BUILD_TOOL)
    install(TARGETS rnnrepair_cli RUNTIME)
endif()
# For the Python package, python/setup.py: the library alone, under the name by which it is loaded.
install(FILES $<TARGET_FILE:rnnrepair> DESTINATION . RENAME $<TARGET_SONAME_FILE_NAME:rnnrepair>
        COMPONENT python EXCLUDE_FROM_ALL)
if(RR_BUILD_EXPERIMENTS)
    install(TARGETS rnnrepair_experiments_cli RUNTIME OPTIONAL)
endif()
install(DIRECTORY include/rnnrepair TYPE INCLUDE)

configure_file(cmake/rnnrepair.pc.in rnnrepair.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rnnrepair.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/rnnrepairConfig.cmake.in rnnrepairConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
# Before 1.0 a program needs the minor version it was written for.
write_basic_package_version_file(rnnrepairConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rnnrepairConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/rnnrepairConfigVersion.cmake
        DESTINATION ${package_folder})
install(EXPORT rnnrepairTargets NAMESPACE rnnrepair:: DESTINATION ${package_folder})
