#!/bin/sh
# headers.sh INCLUDE WORK: every header of the plugin ABI compiles alone, in each language that the ABI promises, with each compiler
# of this machine, without a warning.
set -eu
include=$1
work=$2
mkdir -p "$work"
tried=0
check() { # compiler, language, standard, header
  printf '#include <mamc/%s>\n' "$4" > "$work/header.$2"
  "$1" "-std=$3" -x "$2" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$include" "$work/header.$2" || {
    echo "mamc/$4 does not compile as $3 with $1" >&2
    exit 1
  }
  tried=$((tried + 1))
}
for path in "$include"/mamc/*.h; do
  header=${path##*/}
  for standard in c99 c11 c17; do
    for compiler in gcc clang; do
      if command -v "$compiler" > /dev/null; then check "$compiler" c "$standard" "$header"; fi
    done
  done
  for standard in c++11 c++14 c++17 c++20; do
    for compiler in g++ clang++; do
      if command -v "$compiler" > /dev/null; then check "$compiler" c++ "$standard" "$header"; fi
    done
  done
done
if [ "$tried" -eq 0 ]; then echo "no compiler or no header found" >&2; exit 1; fi
echo "$tried compilations"
