#include "span.h"

#include <limits.h>

#include "units.h"

static const char *skip_spaces(const char *text) {
  while (*text == ' ') text++;
  return text;
}

static long seconds_of_unit(char letter) {
  for (int i = 0; i < SPAN_UNIT_COUNT; i++) {
    if (span_units[i].letter == letter) return span_units[i].seconds;
  }
  return 0;
}

/* Reads one part such as "30m", adds it to `*total` and moves `*text` behind it. */
static span_status add_part(const char **text, long *total) {
  const char *at = *text;
  long value = 0;
  if (*at < '0' || *at > '9') return SPAN_SYNTAX;
  for (; *at >= '0' && *at <= '9'; at++) {
    int digit = *at - '0';
    if (value > (LONG_MAX - digit) / 10) return SPAN_RANGE;
    value = value * 10 + digit;
  }
  long unit = seconds_of_unit(*at);
  if (unit == 0) return SPAN_SYNTAX;
  if (value > (LONG_MAX - *total) / unit) return SPAN_RANGE;
  *total += value * unit;
  *text = at + 1;
  return SPAN_OK;
}

span_status span_parse(const char *text, long *seconds) {
  long total = 0;
  text = skip_spaces(text);
  if (*text == '\0') return SPAN_EMPTY;
  int negative = *text == '-';
  if (negative) text++;
  do {
    span_status status = add_part(&text, &total);
    if (status != SPAN_OK) return status;
    text = skip_spaces(text);
  } while (*text != '\0');
  *seconds = negative ? -total : total;
  return SPAN_OK;
}
