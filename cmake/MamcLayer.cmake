# mamc_add_layer(NAME SOURCES … [DEPENDS mamc::…] [LINKS …])
#
# One layer of the host: a static library mamc::NAME whose public headers, include/mamc/NAME/*.hpp, are its only include
# root. Include roots travel along DEPENDS, so the compiler holds the direction of docs/architecture.md. LINKS are libraries
# that stay private to the layer. A folder tests/host/NAME with *_test.cpp becomes the test program NAME_test.
function(mamc_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LINKS")
  file(GLOB headers CONFIGURE_DEPENDS include/mamc/${name}/*.hpp)
  add_library(mamc_${name} STATIC ${arg_SOURCES})
  add_library(mamc::${name} ALIAS mamc_${name})
  target_sources(mamc_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${headers})
  target_link_libraries(mamc_${name} PUBLIC ${arg_DEPENDS} PRIVATE mamc::options ${arg_LINKS})
  set_target_properties(mamc_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(mamc_${name} PUBLIC nlohmann_json::nlohmann_json)
  target_precompile_headers(mamc_${name} REUSE_FROM mamc_host_pch)
  if(BUILD_TESTING)
    file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/host/${name}/*_test.cpp")
    if(tests)
      set_property(GLOBAL APPEND PROPERTY MAMC_LAYERS_WITH_TESTS ${name})
      set_property(GLOBAL PROPERTY MAMC_TESTS_OF_${name} "${tests}")
    endif()
  endif()
endfunction()
