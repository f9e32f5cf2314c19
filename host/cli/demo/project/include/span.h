/* span: lengths of time in whole seconds, read and written the way people do ("1h 30m"). */
#ifndef SPAN_H
#define SPAN_H

#include <stddef.h>

typedef enum {
  SPAN_OK,
  SPAN_EMPTY,  /* no text */
  SPAN_SYNTAX, /* not a number followed by d, h, m or s */
  SPAN_RANGE   /* does not fit into a long */
} span_status;

/* Reads `text` into `*seconds`. When it fails, `*seconds` keeps its value. */
span_status span_parse(const char *text, long *seconds);

/* Writes `seconds` and a final NUL into `out`, which has room for `size` bytes.
 * Returns the length without the NUL, or 0 when it does not fit; `out` is then left alone. */
size_t span_format(long seconds, char *out, size_t size);

/* The sum of `count` lengths. */
long span_total(const long *spans, size_t count);

/* Their mean, rounded to the nearest second, halves away from zero; 0 when there are none. */
long span_mean(const long *spans, size_t count);

#endif
