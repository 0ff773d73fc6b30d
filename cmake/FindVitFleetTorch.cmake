# SPDX-License-Identifier: GPL-3.0-or-later
# find_package(VitFleetTorch REQUIRED) offers the target vitfleet_libtorch: ATen's headers, the libraries and the path
# under which they are found at run time. The choice, printed:
#   1. the directory in the cache variable or else the environment variable VITFLEET_LIBTORCH
#      (a LibTorch archive, the folder torch/ of a wheel, or /usr for Debian's package),
#   2. the wheel that installer/setup.sh unpacked to build/libtorch-wheel,
#   3. Debian's libtorch-dev.
# LibTorch's own TorchConfig.cmake is read but not run: the one of a CUDA build stops where no CUDA compiler is
# installed, and asks for whole-program flags; we compile no CUDA code and need the libraries only.
# Sets VitFleetTorch_FOUND, VitFleetTorch_VERSION, VitFleetTorch_PREFIX, VitFleetTorch_CUDA.

set(VITFLEET_LIBTORCH "" CACHE PATH "Directory of a LibTorch 1.13 or later; empty: environment, wheel, Debian's")
set(_vt_oldest 1.13)
set(_vt_asked "")
if(VITFLEET_LIBTORCH)
  set(_vt_asked "${VITFLEET_LIBTORCH}")
elseif(NOT "$ENV{VITFLEET_LIBTORCH}" STREQUAL "")
  set(_vt_asked "$ENV{VITFLEET_LIBTORCH}")
endif()

# Puts the folder of TorchConfig.cmake below `prefix` in `out`, or nothing.
function(_vitfleet_torch_config prefix out)
  set(${out} "" PARENT_SCOPE)
  foreach(folder share/cmake/Torch lib/cmake/Torch "lib/${CMAKE_LIBRARY_ARCHITECTURE}/cmake/Torch")
    if(EXISTS "${prefix}/${folder}/TorchConfig.cmake")
      set(${out} "${prefix}/${folder}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

set(VitFleetTorch_PREFIX "")
set(_vt_why "")
if(_vt_asked)
  get_filename_component(_vt_asked "${_vt_asked}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
  _vitfleet_torch_config("${_vt_asked}" _vt_config)
  if(_vt_config)
    set(VitFleetTorch_PREFIX "${_vt_asked}")
    set(_vt_from "VITFLEET_LIBTORCH")
  else()
    set(_vt_why "VITFLEET_LIBTORCH is ${_vt_asked}, but there is no share/cmake/Torch/TorchConfig.cmake in it")
  endif()
else()
  foreach(_vt_try "${CMAKE_SOURCE_DIR}/build/libtorch-wheel/torch" /usr)
    _vitfleet_torch_config("${_vt_try}" _vt_config)
    if(_vt_config)
      set(VitFleetTorch_PREFIX "${_vt_try}")
      set(_vt_from "found")
      break()
    endif()
  endforeach()
  if(NOT VitFleetTorch_PREFIX)
    set(_vt_why "no LibTorch: set VITFLEET_LIBTORCH, run installer/setup.sh or install libtorch-dev")
  endif()
endif()

if(VitFleetTorch_PREFIX)
  set(PACKAGE_FIND_VERSION ${_vt_oldest})
  set(PACKAGE_VERSION "")
  include("${_vt_config}/TorchConfigVersion.cmake" OPTIONAL)
  set(VitFleetTorch_VERSION "${PACKAGE_VERSION}")
  unset(PACKAGE_VERSION)
  unset(PACKAGE_FIND_VERSION)
  # A wheel's file says 2.13.0+cpu or 2.13.0, archives sometimes 2.13.0a0: the number is what counts.
  string(REGEX MATCH "^[0-9]+\\.[0-9]+(\\.[0-9]+)?" _vt_number "${VitFleetTorch_VERSION}")
  if(_vt_number STREQUAL "" OR _vt_number VERSION_LESS _vt_oldest)
    set(_vt_why "the LibTorch in ${VitFleetTorch_PREFIX} is ${VitFleetTorch_VERSION}, VitFleet needs ${_vt_oldest} or later")
  endif()
  # std::string would differ between this LibTorch and everything else: links, then crashes. Wheels before 2.7 have it.
  file(STRINGS "${_vt_config}/TorchConfig.cmake" _vt_old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(_vt_old_abi)
    set(_vt_why "the LibTorch in ${VitFleetTorch_PREFIX} was built with the old C++ ABI (_GLIBCXX_USE_CXX11_ABI=0); take a wheel of 2.7 or later, or an archive named cxx11-abi")
  endif()
endif()

if(VitFleetTorch_PREFIX AND NOT _vt_why)
  set(_vt_libraries "")
  foreach(_vt_name torch_cpu c10)
    find_library(_vt_file ${_vt_name} NO_CACHE NO_DEFAULT_PATH
                 PATHS "${VitFleetTorch_PREFIX}/lib" "${VitFleetTorch_PREFIX}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
    if(NOT _vt_file)
      set(_vt_why "lib${_vt_name}.so is missing in ${VitFleetTorch_PREFIX}")
    endif()
    list(APPEND _vt_libraries "${_vt_file}")
    unset(_vt_file)
  endforeach()
  # Nothing of ours calls into these: they register CUDA with libtorch_cpu when they are loaded.
  set(_vt_cuda_libraries "")
  foreach(_vt_name torch_cuda c10_cuda)
    find_library(_vt_file ${_vt_name} NO_CACHE NO_DEFAULT_PATH PATHS "${VitFleetTorch_PREFIX}/lib")
    if(_vt_file)
      list(APPEND _vt_cuda_libraries "${_vt_file}")
    endif()
    unset(_vt_file)
  endforeach()
  if(NOT EXISTS "${VitFleetTorch_PREFIX}/include/ATen/core/Tensor.h")
    set(_vt_why "include/ATen is missing in ${VitFleetTorch_PREFIX}")
  endif()
endif()

if(_vt_why)
  set(VitFleetTorch_NOT_FOUND_MESSAGE "${_vt_why}")
  set(VitFleetTorch_PREFIX "")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(VitFleetTorch
  REQUIRED_VARS VitFleetTorch_PREFIX
  VERSION_VAR VitFleetTorch_VERSION
  REASON_FAILURE_MESSAGE "${_vt_why}")

if(VitFleetTorch_FOUND)
  set(VitFleetTorch_CUDA OFF)
  if(_vt_cuda_libraries)
    set(VitFleetTorch_CUDA ON)
  endif()
  if(NOT TARGET vitfleet_libtorch)
    add_library(vitfleet_libtorch INTERFACE IMPORTED)
    # SYSTEM: their headers are not held to our warnings. The second folder is where 1.13 keeps torch/version.h.
    target_include_directories(vitfleet_libtorch SYSTEM INTERFACE
      "${VitFleetTorch_PREFIX}/include" "${VitFleetTorch_PREFIX}/include/torch/csrc/api/include")
    target_link_libraries(vitfleet_libtorch INTERFACE ${_vt_libraries})
    if(VitFleetTorch_CUDA)
      target_link_libraries(vitfleet_libtorch INTERFACE
        -Wl,--push-state,--no-as-needed ${_vt_cuda_libraries} -Wl,--pop-state)
    endif()
    target_compile_definitions(vitfleet_libtorch INTERFACE VITFLEET_LIBTORCH_VERSION="${VitFleetTorch_VERSION}")
  endif()
  if(VitFleetTorch_CUDA)
    set(_vt_kind "with CUDA")
  else()
    set(_vt_kind "CPU")
  endif()
  message(STATUS "LibTorch ${VitFleetTorch_VERSION} (${_vt_kind}) from ${VitFleetTorch_PREFIX} [${_vt_from}]")
endif()
