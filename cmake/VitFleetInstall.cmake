# SPDX-License-Identifier: GPL-3.0-or-later
# What goes where: `cmake --install build --prefix DIR` and `cpack` (docs/packages.md).
#
# Programs and modules stand side by side in lib/vitfleet, as in the build tree, and find each other there; bin has
# links to those that people call. Components: agent (with decoder and backends), desktop (window and command line),
# libraries (what the relocatable archive has besides: the command line, and everything but glibc).
include(GNUInstallDirs)

set(_dir "${CMAKE_INSTALL_LIBDIR}/vitfleet")
if(CMAKE_INSTALL_LIBDIR MATCHES "/")
  set(_dir "lib/vitfleet") # no multiarch folder: programs, not libraries to link
endif()

function(_vitfleet_link name component)
  install(CODE "
    set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
    file(MAKE_DIRECTORY \"\${root}/bin\")
    file(CREATE_LINK \"../${_dir}/${name}\" \"\${root}/bin/${name}\" SYMBOLIC)" COMPONENT ${component})
endfunction()

# RPATH and not RUNPATH: it also holds for what the bundled libraries themselves need.
function(_vitfleet_install target component)
  if(NOT TARGET ${target})
    return()
  endif()
  set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN:$ORIGIN/libraries" BUILD_RPATH_USE_ORIGIN OFF)
  target_link_options(${target} PRIVATE "LINKER:--disable-new-dtags")
  # A component belongs to one kind of artifact, not to the whole call.
  install(TARGETS ${target} RUNTIME DESTINATION "${_dir}" COMPONENT ${component}
                            LIBRARY DESTINATION "${_dir}" COMPONENT ${component})
endfunction()

foreach(target vitfleet-agent vitfleet-decoder vitfleet-backend-synthetic vitfleet-backend-torch)
  _vitfleet_install(${target} agent)
endforeach()
foreach(target vitfleet vitfleet-cli)
  _vitfleet_install(${target} desktop)
endforeach()
# A login node where nobody is root has it from the archive.
_vitfleet_install(vitfleet-cli libraries)
_vitfleet_link(vitfleet-agent agent)
if(TARGET vitfleet)
  _vitfleet_link(vitfleet desktop)
endif()
if(TARGET vitfleet-cli)
  _vitfleet_link(vitfleet-cli desktop)
  _vitfleet_link(vitfleet-cli libraries)
endif()

# LibTorch goes along where it is not a package of the system.
set(_torch_libraries "")
if(VITFLEET_TORCH)
  find_package(VitFleetTorch REQUIRED)
endif()
if(VITFLEET_TORCH AND NOT VitFleetTorch_PREFIX MATCHES "^/usr/?$")
  file(GLOB _torch_libraries "${VitFleetTorch_PREFIX}/lib/libtorch_cpu.so" "${VitFleetTorch_PREFIX}/lib/libc10.so"
       "${VitFleetTorch_PREFIX}/lib/libgomp*.so*" "${VitFleetTorch_PREFIX}/lib/libtorch_cuda.so"
       "${VitFleetTorch_PREFIX}/lib/libc10_cuda.so")
  install(FILES ${_torch_libraries} DESTINATION "${_dir}/libraries" COMPONENT agent)
endif()
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" "${CMAKE_SOURCE_DIR}/README.md"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/vitfleet-agent" COMPONENT agent)
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" "${CMAKE_SOURCE_DIR}/README.md"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/vitfleet" COMPONENT desktop)

install(FILES "${CMAKE_SOURCE_DIR}/docs/security.md"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/vitfleet-agent" COMPONENT agent)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/vitfleet" COMPONENT desktop
        FILES_MATCHING PATTERN "*.md" PATTERN "images" EXCLUDE)
install(FILES "${CMAKE_SOURCE_DIR}/installer/slurm/profiles.toml"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/vitfleet/examples" COMPONENT desktop)
install(FILES "${CMAKE_SOURCE_DIR}/installer/systemd/vitfleet-agent.service"
        DESTINATION lib/systemd/system COMPONENT agent)
install(FILES "${CMAKE_SOURCE_DIR}/installer/desktop/org.vitfleet.VitFleet.desktop"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/applications" COMPONENT desktop)
install(FILES "${CMAKE_SOURCE_DIR}/installer/desktop/org.vitfleet.VitFleet.metainfo.xml"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/metainfo" COMPONENT desktop)
install(FILES "${CMAKE_SOURCE_DIR}/resources/icons/vitfleet.svg"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps" RENAME org.vitfleet.VitFleet.svg
        COMPONENT desktop)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/resources/models" DESTINATION "${CMAKE_INSTALL_DATADIR}/vitfleet"
        COMPONENT desktop FILES_MATCHING PATTERN "*.json" PATTERN "*.safetensors" PATTERN "*.md")

# For the archive: everything that the programs load beside glibc and what is installed above, so that it runs on another
# distribution. Asked of the build tree, for CPack installs each component into a folder of its own.
set(_executables "")
foreach(target vitfleet-agent vitfleet-decoder vitfleet-cli)
  if(TARGET ${target})
    string(APPEND _executables " \"$<TARGET_FILE:${target}>\"")
  endif()
endforeach()
set(_modules "")
foreach(target vitfleet-backend-synthetic vitfleet-backend-torch)
  if(TARGET ${target})
    string(APPEND _modules " \"$<TARGET_FILE:${target}>\"")
  endif()
endforeach()
set(_libraries "")
set(_bundled "")
foreach(file IN LISTS _torch_libraries)
  get_filename_component(name "${file}" NAME)
  string(REPLACE "." "\\\\." name "${name}")
  string(APPEND _bundled " \"^${name}$\"")
  string(APPEND _libraries " \"${file}\"")
endforeach()
install(CODE "
  file(GET_RUNTIME_DEPENDENCIES RESOLVED_DEPENDENCIES_VAR found UNRESOLVED_DEPENDENCIES_VAR missing
       EXECUTABLES ${_executables} MODULES ${_modules} LIBRARIES ${_libraries}
       PRE_EXCLUDE_REGEXES \"^(libc|libm|libdl|libpthread|librt|ld-linux.*|libresolv|libutil|libanl)\\\\.so\" ${_bundled})
  if(missing)
    message(FATAL_ERROR \"libraries are missing: \${missing}\")
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${_dir}/libraries\" TYPE SHARED_LIBRARY
       FOLLOW_SYMLINK_CHAIN FILES \${found})" COMPONENT libraries)

set(CPACK_PACKAGE_NAME vitfleet)
set(CPACK_PACKAGE_VENDOR "VitFleet")
set(CPACK_PACKAGE_CONTACT "VitFleet developers <vitfleet@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_SOURCE_DIR}/installer/cpack/generators.cmake")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${VitFleetTorch_PREFIX}/lib")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_AGENT_PACKAGE_NAME vitfleet-agent)
set(CPACK_DEBIAN_AGENT_DESCRIPTION "VitFleet's agent: classifies pictures on this node for an application that it admits")
set(CPACK_DEBIAN_AGENT_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/installer/deb/postinst"
    "${CMAKE_SOURCE_DIR}/installer/deb/prerm" "${CMAKE_SOURCE_DIR}/installer/deb/postrm")
set(CPACK_DEBIAN_DESKTOP_PACKAGE_NAME vitfleet)
set(CPACK_DEBIAN_DESKTOP_DESCRIPTION "${PROJECT_DESCRIPTION}")
set(CPACK_DEBIAN_DESKTOP_PACKAGE_DEPENDS "vitfleet-agent (= ${PROJECT_VERSION}), qt6-qpa-plugins, libqt6svg6")
set(CPACK_DEBIAN_DESKTOP_PACKAGE_RECOMMENDS "qt6-translations-l10n") # what Qt itself says, in German
include(CPack)
