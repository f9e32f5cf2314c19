# Options that every target of this project shares, as the interface target mamc::options.
include(GNUInstallDirs)

option(MAMC_BENCH "Build the benchmarks in bench/" OFF)
option(MAMC_CRASH_POINTS "Build crash points into the journal (tests only, never in a release)" OFF)
set(MAMC_SANITIZE "" CACHE STRING "Sanitizers of clang, comma separated: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Debug)
endif()

# ccache makes a second build of the same text free; precompiled headers need its sloppiness settings.
find_program(MAMC_CCACHE ccache)
if(MAMC_CCACHE)
  set(launcher "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 "${MAMC_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
endif()

# The program, its plugins and the workflows lie beside each other in the build tree as they do for a user.
set(MAMC_OUTPUT_DIR "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${MAMC_OUTPUT_DIR}")

add_library(mamc_options INTERFACE)
add_library(mamc::options ALIAS mamc_options)
target_compile_options(mamc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess -fno-gnu-unique>
  # Its memory is swept less often: a tenth of the time that a batch takes.
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:--param=ggc-min-expand=300 --param=ggc-min-heapsize=1000000>)
# Clang, unlike GCC, warns of what the standard library's own headers use when they come precompiled.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(mamc_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated-declarations>)
endif()
# GCC 12 sees overflows in std::string's inlined copies that are not there (GCC bugs 105329 and 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(mamc_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-stringop-overflow -Wno-array-bounds>)
endif()
# To GCC what a batch of sources includes is a header, and what a class takes from its unnamed namespace a mistake.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(mamc_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()
if(MAMC_CRASH_POINTS)
  target_compile_definitions(mamc_options INTERFACE MAMC_CRASH_POINTS=1)
endif()
if(MAMC_SANITIZE)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "MAMC_SANITIZE needs clang: use the presets asan and tsan, after scripts/setup sanitizers")
  endif()
  target_compile_options(mamc_options INTERFACE -fsanitize=${MAMC_SANITIZE} -fno-omit-frame-pointer)
  # Programs at a fixed address start in two thirds of the time.
  target_link_options(mamc_options INTERFACE -fsanitize=${MAMC_SANITIZE} $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  target_compile_definitions(mamc_options INTERFACE MAMC_SANITIZED=1)
  if(MAMC_SANITIZE MATCHES undefined)
    # What is undefined ends the program, and so its test.
    set(undefined -fsanitize-trap=undefined -fno-sanitize-trap=vptr -fno-sanitize-recover=vptr)
    target_compile_options(mamc_options INTERFACE ${undefined})
    target_link_options(mamc_options INTERFACE ${undefined})
  endif()
endif()

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(PkgConfig REQUIRED)
