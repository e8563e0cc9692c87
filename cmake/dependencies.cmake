# SPDX-License-Identifier: MIT
# All dependencies of the library, as one target. Debian package names: cmake/packages.txt.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED) # of the tool alone
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.12)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)

# The OpenMP build of OpenBLAS: its products use the thread setting of the calling worker, which
# src/core/parallel.c relies on. Debian can install several builds; take this one.
find_library(RR_OPENBLAS NAMES openblas
             PATH_SUFFIXES openblas-openmp x86_64-linux-gnu/openblas-openmp
                           aarch64-linux-gnu/openblas-openmp
             REQUIRED)
find_path(RR_CBLAS_INCLUDE cblas.h
          PATH_SUFFIXES openblas-openmp x86_64-linux-gnu/openblas-openmp x86_64-linux-gnu
          REQUIRED)
find_path(RR_RANDOM123_INCLUDE Random123/philox.h REQUIRED)

add_library(rnnrepair_dependencies INTERFACE)
target_include_directories(rnnrepair_dependencies SYSTEM INTERFACE ${RR_CBLAS_INCLUDE}
                                                                    ${RR_RANDOM123_INCLUDE})
target_link_libraries(rnnrepair_dependencies
                      INTERFACE ${RR_OPENBLAS} PkgConfig::LAPACKE PkgConfig::JANSSON
                                PkgConfig::LIBZIP PkgConfig::CAIRO PkgConfig::ICU OpenSSL::Crypto
                                ZLIB::ZLIB OpenMP::OpenMP_C m)
