# SPDX-License-Identifier: GPL-3.0-or-later
# Headers that most files include, parsed once for all targets of a kind: with them a file compiles in about half the time.
# They are the standard library and Qt, never our own headers, so that a change of ours rebuilds only who includes it.
# A file still includes what it uses: -DVITFLEET_PCH=OFF builds without, and the preset tsan does.
option(VITFLEET_PCH "Precompile the headers of the standard library and Qt" ON)

set(standard_headers <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <deque> <filesystem>
    <fstream> <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
    <unordered_map> <variant> <vector>)

# vitfleet_precompiled(NAME HEADERS ... [LINK ...] [OPTIONS ...]): what targets compiled alike can share
function(vitfleet_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK;OPTIONS" ${ARGN})
  if(NOT VITFLEET_PCH)
    return()
  endif()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// Its headers are what counts.\n")
  add_library(${name} OBJECT "${source}")
  target_link_libraries(${name} PRIVATE vitfleet_flags ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# vitfleet_use_precompiled(TARGET NAME)
function(vitfleet_use_precompiled target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    if(CCACHE_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -fpch-preprocess) # or ccache leaves the file alone
    endif()
  endif()
endfunction()

vitfleet_precompiled(vitfleet_precompiled_standard HEADERS ${standard_headers})
if(VITFLEET_TESTS)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Test)
  # Not nlohmann/json.hpp: its literals instantiate its parser in every file, and few tests read JSON.
  vitfleet_precompiled(vitfleet_precompiled_test HEADERS ${standard_headers} <QtTest>
    LINK vitfleet_qt_flags Qt6::Core Qt6::Test OPTIONS ${VITFLEET_TEST_OPTIONS})
  if(VITFLEET_GUI)
    find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets)
    vitfleet_precompiled(vitfleet_precompiled_gui_test HEADERS ${standard_headers} <QtTest> <QtWidgets>
      LINK vitfleet_qt_flags Qt6::Core Qt6::Widgets Qt6::Test OPTIONS ${VITFLEET_GUI_TEST_OPTIONS})
  endif()
endif()
