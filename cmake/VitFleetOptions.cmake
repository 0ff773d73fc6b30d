# SPDX-License-Identifier: GPL-3.0-or-later
# What can be chosen at configure time.
option(VITFLEET_TESTS "Build the tests" ON)
option(VITFLEET_UNIT_TESTS "Build and run the unit tests that need neither LibTorch nor a window; ./check has them in its sanitizers' tree" ON)
option(VITFLEET_TORCH "Build the LibTorch backend (needs a LibTorch)" ON)
option(VITFLEET_GUI "Build the desktop application (needs Qt Widgets and Svg)" ON)
option(VITFLEET_WERROR "Treat warnings as errors" ON)
option(VITFLEET_FUZZ "Build the fuzzers themselves (needs clang)" OFF)
set(VITFLEET_SANITIZE "" CACHE STRING "Sanitizers for every target but the LibTorch backend, for example address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What it needs to be told so that files with precompiled headers can be found again.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE_PROGRAM}")
endif()

# LibTorch's headers need over 1 GiB a compiler: one at a time.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS heavy=1)
