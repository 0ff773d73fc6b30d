# SPDX-License-Identifier: GPL-3.0-or-later
# vitfleet_test(NAME SOURCES ... LINK ... [GUI] [LONG] [LABELS ...] [TIMEOUT seconds] [ENVIRONMENT ...])
# A Qt Test program registered with ctest. NAME is lower case and begins with its folder or subject.
# Those with the label `torch` can be built by themselves: ninja torch_tests. unit_* without a label are unit tests: those
# that VITFLEET_UNIT_TESTS=OFF leaves out (each can still be built by its name).
add_custom_target(torch_tests)
function(vitfleet_test name)
  cmake_parse_arguments(ARG "GUI;LONG" "TIMEOUT" "SOURCES;LINK;LABELS;ENVIRONMENT" ${ARGN})
  find_package(Qt6 6.4 REQUIRED COMPONENTS Core Test)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vitfleet_flags vitfleet_qt_flags ${ARG_LINK} Qt6::Core Qt6::Test)
  if(ARG_GUI)
    target_link_libraries(${name} PRIVATE Qt6::Widgets) # as what is precompiled for them
    target_compile_options(${name} PRIVATE ${VITFLEET_GUI_TEST_OPTIONS})
    vitfleet_use_precompiled(${name} vitfleet_precompiled_gui_test)
  else()
    target_compile_options(${name} PRIVATE ${VITFLEET_TEST_OPTIONS})
    vitfleet_use_precompiled(${name} vitfleet_precompiled_test)
  endif()
  set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_compile_definitions(${name} PRIVATE
    VITFLEET_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VITFLEET_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  if(name MATCHES "^unit_" AND NOT ARG_LABELS AND NOT VITFLEET_UNIT_TESTS)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  set(configurations "")
  if(ARG_LONG) # takes minutes: `ctest -C all`
    set(configurations CONFIGURATIONS all)
  endif()
  add_test(NAME ${name} ${configurations} COMMAND ${name})
  if("torch" IN_LIST ARG_LABELS)
    add_dependencies(torch_tests ${name})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(env "QT_LOGGING_TO_CONSOLE=1")
  if(ARG_GUI)
    list(APPEND env "QT_QPA_PLATFORM=offscreen")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
                       ENVIRONMENT "${env};${ARG_ENVIRONMENT}")
endfunction()
