/* The units of a length of time, largest first. */
#ifndef SPAN_UNITS_H
#define SPAN_UNITS_H

#define SPAN_UNIT_COUNT 4

struct span_unit {
  char letter;
  long seconds;
};

extern const struct span_unit span_units[SPAN_UNIT_COUNT];

#endif
