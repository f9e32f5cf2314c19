#include "span.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define LONGEST_TEXT 64

size_t span_format(long seconds, char *out, size_t size) {
  char text[LONGEST_TEXT];
  size_t length = 0;
  if (seconds < -LONG_MAX) return 0;
  long rest = seconds < 0 ? -seconds : seconds;

  if (seconds < 0) text[length++] = '-';
  for (int i = 0; i < SPAN_UNIT_COUNT; i++) {
    long amount = rest / span_units[i].seconds;
    rest %= span_units[i].seconds;
    if (amount == 0 && !(seconds == 0 && span_units[i].letter == 's')) continue;
    const char *space = length > (seconds < 0) ? " " : "";
    length += (size_t)sprintf(text + length, "%s%ld%c", space, amount, span_units[i].letter);
  }

  if (length > size) return 0;
  memcpy(out, text, length);
  out[length] = '\0';
  return length;
}
