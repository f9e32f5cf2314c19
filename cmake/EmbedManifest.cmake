# Writes OUT, a C file that puts the bytes of the manifest IN into the section .mamc.manifest and names them
# for the plugin's own code (mamc/cpp/entry.hpp).
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE "${OUT}" "__attribute__((section(\".mamc.manifest\"), used, visibility(\"hidden\"))) const unsigned char mamc_manifest_bytes[] = {
${bytes}};
__attribute__((visibility(\"hidden\"))) const unsigned long mamc_manifest_size = sizeof mamc_manifest_bytes;
")
