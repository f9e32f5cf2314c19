# mamc_add_plugin(SOURCES … [LINKS …] [TESTS …])
#
# One plugin: one folder, one call, no shared file. Kind and id come from the path (plugins/steps/command is the step type
# plugin "steps/command"). The folder holds manifest.json, which is embedded in the library's section .mamc.manifest, and a
# README.md. tests/plugins/<kind>/<id>_test.cpp, when present, becomes the tests plugins.<kind>.<id> and, with every
# call passed as bytes, glasswall.<kind>.<id>.
set(MAMC_PLUGIN_EXPORTS "${CMAKE_CURRENT_LIST_DIR}/plugin_exports.map")
set(MAMC_EMBED_MANIFEST "${CMAKE_CURRENT_LIST_DIR}/EmbedManifest.cmake")

function(mamc_add_plugin)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES;LINKS")
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME name)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH kind_dir)
  cmake_path(GET kind_dir FILENAME kind)
  set(target ${kind}_${name})

  set(manifest "${CMAKE_CURRENT_SOURCE_DIR}/manifest.json")
  set(manifest_c "${CMAKE_CURRENT_BINARY_DIR}/manifest.c")
  add_custom_command(OUTPUT "${manifest_c}"
    COMMAND ${CMAKE_COMMAND} -DIN=${manifest} -DOUT=${manifest_c} -P "${MAMC_EMBED_MANIFEST}"
    DEPENDS "${manifest}" "${MAMC_EMBED_MANIFEST}" VERBATIM)

  add_library(${target} MODULE ${arg_SOURCES} "${manifest_c}")
  target_link_libraries(${target} PRIVATE mamc::sdk mamc::options ${arg_LINKS})
  target_link_options(${target} PRIVATE "LINKER:--version-script=${MAMC_PLUGIN_EXPORTS}" "LINKER:-z,now")
  if(NOT MAMC_SANITIZE)  # sanitizer runtimes resolve at load time
    target_link_options(${target} PRIVATE "LINKER:-z,defs")
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LINK_DEPENDS "${MAMC_PLUGIN_EXPORTS}"
    LIBRARY_OUTPUT_DIRECTORY "${MAMC_OUTPUT_DIR}/plugins/${kind}")
  if(TARGET mamc_plugin_pch)
    target_precompile_headers(${target} REUSE_FROM mamc_plugin_pch)
    set_source_files_properties("${manifest_c}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/mamc/plugins/1/${kind})
  set_property(GLOBAL APPEND PROPERTY MAMC_PLUGIN_TARGETS ${target})
  set_property(GLOBAL APPEND PROPERTY MAMC_PLUGIN_IDS ${kind}/${name})
endfunction()

# Every folder below KIND that has a CMakeLists.txt is a plugin: a new one is found by the next build.
function(mamc_discover_plugins)
  foreach(kind IN LISTS ARGN)
    file(GLOB lists CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${kind}/*/CMakeLists.txt")
    foreach(list IN LISTS lists)
      cmake_path(GET list PARENT_PATH dir)
      add_subdirectory("${dir}")
    endforeach()
  endforeach()
endfunction()
