# Writes OUT, a C file that puts the bytes of the manifest IN into the section .mamc.manifest.
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE "${OUT}" "__attribute__((section(\".mamc.manifest\"), used)) static const unsigned char mamc_manifest[] = {\n${bytes}};\n")
