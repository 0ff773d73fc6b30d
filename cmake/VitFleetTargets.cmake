# SPDX-License-Identifier: GPL-3.0-or-later
# One function for each kind of target, so that flags are per target and the layer of each is known.

add_library(vitfleet_flags INTERFACE)
target_compile_options(vitfleet_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough
  $<$<BOOL:${VITFLEET_WERROR}>:-Werror>
  # g++ 12 sees overlapping, endless or stray copies in "literal" + std::string at -O2 (its bug 105651).
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow>")
# One include root: every include names its room, and tests/layering reads these names.
target_include_directories(vitfleet_flags INTERFACE "${CMAKE_SOURCE_DIR}")
# Programs too, so that they can share precompiled headers with libraries.
target_compile_options(vitfleet_flags INTERFACE -fPIC)
target_compile_definitions(vitfleet_flags INTERFACE VITFLEET_VERSION="${PROJECT_VERSION}")
if(VITFLEET_SANITIZE)
  target_compile_options(vitfleet_flags INTERFACE
    -fsanitize=${VITFLEET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(vitfleet_flags INTERFACE -fsanitize=${VITFLEET_SANITIZE})
endif()

# Strict Qt, for targets that use it.
add_library(vitfleet_qt_flags INTERFACE)
target_compile_definitions(vitfleet_qt_flags INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_USE_QSTRINGBUILDER QT_NO_FOREACH
  QT_DISABLE_DEPRECATED_BEFORE=0x060400)

# Tests are built more often than they are run. QtTest's headers depend on the test's folders and on whether it links
# Qt's network, so that none could share what is precompiled; we use neither QFINDTESTDATA nor how addresses are printed.
set(qt_test_alike -UQT_TESTCASE_BUILDDIR -UQT_TESTCASE_SOURCEDIR -UQT_NETWORK_LIB)
set(VITFLEET_TEST_OPTIONS $<$<CONFIG:Release>:-O1> ${qt_test_alike})
set(VITFLEET_GUI_TEST_OPTIONS $<$<CONFIG:Release>:-O0> ${qt_test_alike})
include(VitFleetPrecompiled)

# vitfleet_library(NAME LAYER layer SOURCES ... [LINK ...] [PRIVATE_LINK ...] [QT])
function(vitfleet_library name)
  cmake_parse_arguments(ARG "QT" "LAYER" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC vitfleet_flags ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    if(ARG_QT)
      target_link_libraries(${name} PUBLIC vitfleet_qt_flags)
      set_target_properties(${name} PROPERTIES AUTOMOC ON)
    else()
      vitfleet_use_precompiled(${name} vitfleet_precompiled_standard)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE vitfleet_flags ${ARG_LINK})
  endif()
  set_property(TARGET ${name} PROPERTY VITFLEET_LAYER "${ARG_LAYER}")
  set_property(GLOBAL APPEND PROPERTY VITFLEET_TARGETS ${name})
endfunction()

# vitfleet_together(TARGET [APART files ...]): several files in one run of the compiler, which takes less than half the time
# where most of it goes into the same headers and their templates. Names of their anonymous namespaces meet: files that
# have one alike stay APART.
option(VITFLEET_TOGETHER "Compile files of the window several at a time" ON)
function(vitfleet_together target)
  cmake_parse_arguments(ARG "" "" "APART" ${ARGN})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${VITFLEET_TOGETHER} UNITY_BUILD_BATCH_SIZE 6)
  set_source_files_properties(${ARG_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# vitfleet_program(NAME LAYER layer SOURCES ... [LINK ...] [QT]): an executable in build/bin
function(vitfleet_program name)
  cmake_parse_arguments(ARG "QT" "LAYER" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vitfleet_flags ${ARG_LINK})
  if(ARG_QT)
    target_link_libraries(${name} PRIVATE vitfleet_qt_flags)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
  else()
    vitfleet_use_precompiled(${name} vitfleet_precompiled_standard)
  endif()
  set_property(TARGET ${name} PROPERTY VITFLEET_LAYER "${ARG_LAYER}")
  set_property(GLOBAL APPEND PROPERTY VITFLEET_TARGETS ${name})
endfunction()

# vitfleet_module(NAME LAYER layer SOURCES ... [LINK ...]): a module for dlopen in build/bin, NAME.so
function(vitfleet_module name)
  cmake_parse_arguments(ARG "" "LAYER" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vitfleet_flags ${ARG_LINK})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  set_property(TARGET ${name} PROPERTY VITFLEET_LAYER "${ARG_LAYER}")
  set_property(GLOBAL APPEND PROPERTY VITFLEET_TARGETS ${name})
endfunction()

# Adds those of the named folders that have a CMakeLists.txt.
macro(vitfleet_add_folders)
  foreach(folder ${ARGN})
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory(${folder})
    endif()
  endforeach()
endmacro()
