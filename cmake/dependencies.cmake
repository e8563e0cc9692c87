# SPDX-License-Identifier: MIT
# All dependencies of the library, as one target. Debian package names: cmake/packages.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
if(RR_BUILD_TOOL)
    find_package(CURL REQUIRED)
endif()
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.12)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
if(RR_PICTURES)
    pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
    set(pictures PkgConfig::CAIRO)
endif()
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
find_path(RR_RANDOM123_INCLUDE Random123/philox.h REQUIRED)

add_library(rnnrepair_dependencies INTERFACE)
target_include_directories(rnnrepair_dependencies SYSTEM INTERFACE ${RR_RANDOM123_INCLUDE})
target_link_libraries(rnnrepair_dependencies
                      INTERFACE PkgConfig::JANSSON PkgConfig::LIBZIP ${pictures} PkgConfig::ICU
                                OpenSSL::Crypto ZLIB::ZLIB Threads::Threads m)
