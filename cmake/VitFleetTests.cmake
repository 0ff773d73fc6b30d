# SPDX-License-Identifier: GPL-3.0-or-later
# vitfleet_test(NAME SOURCES ... LINK ... [GUI] [LONG] [LABELS ...] [TIMEOUT seconds] [ENVIRONMENT ...])
# A Qt Test program registered with ctest. NAME is lower case and begins with its folder or subject.
# Those with the label `torch` can be built by themselves: ninja torch_tests. unit_* without a label are unit tests: those
# that VITFLEET_UNIT_TESTS=OFF leaves out (each can still be built by its name).
add_custom_target(torch_tests)

# vitfleet_moc(TARGET): moc for those files of a test that have Q_OBJECT, each included as NAME.moc or a header of the
# target. AUTOMOC would start once more for each of two hundred targets and compile an empty file for each, a tenth of
# all that is compiled. A file that is new to Q_OBJECT is seen when CMake runs again.
function(vitfleet_moc target)
  get_target_property(sources ${target} SOURCES)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_moc")
  foreach(source ${sources})
    file(REAL_PATH "${source}" source)
    get_filename_component(name "${source}" NAME_WE)
    file(STRINGS "${source}" included REGEX "^#include \"${name}\\.moc\"" LIMIT_COUNT 1)
    file(STRINGS "${source}" has_object REGEX "Q_OBJECT" LIMIT_COUNT 1)
    if(included)
      qt6_generate_moc("${source}" "${folder}/${name}.moc" TARGET ${target})
      target_sources(${target} PRIVATE "${folder}/${name}.moc")
    elseif(has_object)
      qt6_generate_moc("${source}" "${folder}/moc_${name}.cpp" TARGET ${target})
      target_sources(${target} PRIVATE "${folder}/moc_${name}.cpp")
    endif()
  endforeach()
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()

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
  vitfleet_moc(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
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
