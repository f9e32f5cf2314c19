/* acme.count-words: a step type in plain C99. Parameters {"text": string}, result {"words": number}.
 *
 * It is `inline`: pure and quick, so the host calls it on its own thread, and it completes its ticket within start. */
#include <mamc/services.h>
#include <mamc/step.h>
#include <stdio.h>
#include <string.h>

MAMC_MANIFEST(
    "{\"id\": \"steps/acme.count-words\", \"version\": \"1.0.0\", \"title\": \"Counts words\", \"license\": \"Apache-2.0\","
    " \"abi\": {\"major\": 1, \"min_host_minor\": 0},"
    " \"types\": [{\"kind\": \"step\", \"id\": \"acme.count-words\", \"title\": \"Counts the words of a text\","
    "  \"class\": \"inline\", \"after_interruption\": \"rerun\","
    "  \"params\": {\"type\": \"object\", \"required\": [\"text\"], \"additionalProperties\": false,"
    "              \"properties\": {\"text\": {\"type\": \"string\"}}},"
    "  \"result\": {\"type\": \"object\", \"required\": [\"words\"],"
    "              \"properties\": {\"words\": {\"type\": \"integer\"}}}}]}");

static const mamc_complete *complete;

/* ---- as much JSON as is needed to find a text ----
 * The host hands over valid JSON, yet nothing here reads beyond `end`. */
typedef struct reader {
  const char *at;
  const char *end;
} reader;

static void skip_space(reader *in) {
  while (in->at < in->end && strchr(" \t\r\n", *in->at) != NULL) ++in->at;
}

static int take(reader *in, char wanted) {
  skip_space(in);
  if (in->at == in->end || *in->at != wanted) return 0;
  ++in->at;
  return 1;
}

/* Takes a string; *text is what stands between its quotes, escapes and all. */
static int take_string(reader *in, mamc_str *text) {
  if (!take(in, '"')) return 0;
  text->data = in->at;
  while (in->at < in->end && *in->at != '"') in->at += *in->at == '\\' && in->end - in->at > 1 ? 2 : 1;
  if (in->at == in->end) return 0;
  text->size = (size_t)(in->at - text->data);
  ++in->at;
  return 1;
}

/* Passes over one value of any type. */
static int skip_value(reader *in) {
  size_t depth = 0;
  mamc_str ignored;
  do {
    skip_space(in);
    if (in->at == in->end) return 0;
    if (*in->at == '"') {
      if (!take_string(in, &ignored)) return 0;
      continue;
    }
    if (*in->at == '{' || *in->at == '[') ++depth;
    if (*in->at == '}' || *in->at == ']') {
      if (depth == 0) return 0;
      --depth;
    }
    if (strchr("{}[],:", *in->at) != NULL)
      ++in->at;
    else
      while (in->at < in->end && strchr("{}[],: \t\r\n", *in->at) == NULL) ++in->at;
  } while (depth > 0);
  return 1;
}

/* Enters an object and stops before the value of the member `name`. */
static int find_member(reader *in, const char *name) {
  mamc_str key;
  if (!take(in, '{')) return 0;
  while (take_string(in, &key) && take(in, ':')) {
    if (key.size == strlen(name) && memcmp(key.data, name, key.size) == 0) return 1;
    if (!skip_value(in) || !take(in, ',')) return 0;
  }
  return 0;
}

/* The escapes of white space are \n \r \t \f and \u0020 with its neighbours; of \b, \" and \/ none is. */
static int is_space_escape(const char *escape, size_t size) {
  static const char *const hex[] = {"u0009", "u000a", "u000A", "u000b", "u000B", "u000c", "u000C", "u000d", "u000D", "u0020"};
  size_t i;
  if (strchr("nrtf", escape[0]) != NULL) return 1;
  for (i = 0; i < sizeof hex / sizeof hex[0]; ++i)
    if (size >= 5 && memcmp(escape, hex[i], 5) == 0) return 1;
  return 0;
}

static unsigned long count_words(mamc_str text) {
  unsigned long words = 0;
  int in_word = 0;
  size_t i = 0;
  while (i < text.size) {
    int space = text.data[i] == ' ';
    size_t length = 1;
    if (text.data[i] == '\\' && i + 1 < text.size) {
      space = is_space_escape(text.data + i + 1, text.size - i - 1);
      length = text.data[i + 1] == 'u' ? 6 : 2;
    }
    if (!space && !in_word) ++words;
    in_word = !space;
    i += length;
  }
  return words;
}

/* ---- the step ---- */
static void finish(mamc_ticket ticket, mamc_code code, const char *json) {
  mamc_str text;
  text.data = json;
  text.size = strlen(json);
  complete->complete(complete->context, ticket, code, text);
}

static void MAMC_CALL start(void *self, mamc_ticket ticket, const mamc_call_info *info, mamc_str input) {
  reader in;
  mamc_str text;
  char result[64];
  (void)self;
  if (info->verb != MAMC_STEP_RUN) {
    finish(ticket, MAMC_E_UNSUPPORTED, "{\"message\": \"this step can only be run\"}");
    return;
  }
  in.at = input.data;
  in.end = input.size > 0 ? input.data + input.size : input.data; /* nothing may be added to a NULL */
  if (!find_member(&in, "params") || !find_member(&in, "text") || !take_string(&in, &text)) {
    finish(ticket, MAMC_E_INVALID, "{\"message\": \"params.text must be a text\"}");
    return;
  }
  snprintf(result, sizeof result, "{\"words\": %lu}", count_words(text));
  finish(ticket, MAMC_OK, result);
}

static void MAMC_CALL destroy(void *self) { (void)self; }

/* It has no settings and keeps nothing between calls: one instance serves all. */
static const mamc_instance instance = {sizeof(mamc_instance), 0, NULL, start, NULL, NULL, NULL, destroy};

static mamc_code MAMC_CALL create(void *self, mamc_str type, mamc_str settings, const mamc_instance **out) {
  (void)self;
  (void)type;
  (void)settings;
  *out = &instance;
  return MAMC_OK;
}

static const mamc_factory factory = {sizeof(mamc_factory), 0, NULL, create};

static const mamc_factory *MAMC_CALL get_factory(const char *id) {
  return strcmp(id, MAMC_FACTORY_STEP) == 0 ? &factory : NULL;
}

static mamc_code MAMC_CALL init(const mamc_host *host) {
  complete = (const mamc_complete *)host->get_service(host->context, MAMC_SERVICE_COMPLETE);
  return MAMC_HAS(complete, mamc_complete, complete) ? MAMC_OK : MAMC_E_UNSUPPORTED;
}

static const mamc_module module = {sizeof(mamc_module), MAMC_ABI_MINOR, 0, 0, init, get_factory, NULL, NULL};

MAMC_EXPORT mamc_code MAMC_CALL mamc_plugin_entry_1(const mamc_host_info *info, const mamc_module **out) {
  (void)info;
  *out = &module;
  return MAMC_OK;
}
