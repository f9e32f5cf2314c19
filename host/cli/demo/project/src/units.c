#include "units.h"

const struct span_unit span_units[SPAN_UNIT_COUNT] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
