#!/bin/sh
# installed.sh CMAKE BUILD EXAMPLE WORK: installs the SDK to a prefix of its own and builds the example in plain C against nothing else.
set -eu
cmake=$1
build=$2
example=$3
work=$4
rm -rf "$work"
mkdir -p "$work"
prefix=$work/prefix
"$cmake" --install "$build" --component sdk --prefix "$prefix" > "$work/install.log"

fail() {
  echo "$1" >&2
  exit 1
}
for file in include/mamc/plugin.h share/mamc/cmake/plugin_exports.map share/mamc/cmake/EmbedManifest.cmake; do
  [ -f "$prefix/$file" ] || fail "not installed: $file"
done

flags="-std=c99 -Wpedantic -Werror -Wall -Wextra -fPIC -shared -fvisibility=hidden -I$prefix/include"
cc $flags "$example/count_words.c" -o "$work/acme.count-words.so"
exports=$(nm -D --defined-only "$work/acme.count-words.so" | awk '{print $3}')
[ "$exports" = mamc_plugin_entry_1 ] || fail "exports more or less than the entry: $exports"

# The other way to carry a manifest: from a file, made into C by the installed helper.
printf '{"id": "steps/acme.other"}' > "$work/manifest.json"
"$cmake" "-DIN=$work/manifest.json" "-DOUT=$work/manifest.c" -P "$prefix/share/mamc/cmake/EmbedManifest.cmake"
cc -std=c99 -Wpedantic -Werror -Wall -Wextra -fPIC -c "$work/manifest.c" -o "$work/manifest.o"
objcopy -O binary --only-section=.mamc.manifest --set-section-flags .mamc.manifest=alloc "$work/manifest.o" "$work/manifest.bin"
cmp "$work/manifest.json" "$work/manifest.bin" || fail "EmbedManifest.cmake changed the manifest"

# A plugin that forgets -fvisibility=hidden is kept quiet by the installed version script.
cc -std=c99 -fPIC -shared "-I$prefix/include" "-Wl,--version-script=$prefix/share/mamc/cmake/plugin_exports.map" \
  "$example/count_words.c" -o "$work/mapped.so"
[ "$(nm -D --defined-only "$work/mapped.so" | awk '{print $3}')" = mamc_plugin_entry_1 ] || fail "the version script lets more out than the entry"
