# SPDX-License-Identifier: MIT
add_library(rnnrepair_warnings INTERFACE)
target_compile_options(
    rnnrepair_warnings
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion
              -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wcast-qual
              $<$<BOOL:${RR_WERROR}>:-Werror>)
