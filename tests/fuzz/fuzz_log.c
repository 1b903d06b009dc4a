/*
 * fuzz_log: whatever a value is, the line that holds it is one line: in JSON an object that gives
 * the value back, in text visible characters only. The first byte chooses the form.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/log_line.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void check_json(struct str line, struct str value)
{
	json_error_t why;
	json_t *object = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, &why);
	json_t *got;

	need(object != NULL);
	got = json_object_get(object, "url.path");
	/* Cut, or with replaced bytes, it is another; small and well-formed it comes back as it
	 * was. */
	if (utf8_valid(value) && value.len < LOG_VALUE_MAX_BYTES / 8) {
		need(json_string_length(got) == value.len);
		need(value.len == 0 || memcmp(json_string_value(got), value.ptr, value.len) == 0);
	}
	json_decref(object);
}

static void check_visible(struct str line)
{
	for (size_t i = 0; i + 1 < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		need(c >= 0x20 && c != 0x7f);
		need(c != 0xc2 || (unsigned char)line.ptr[i + 1] >= 0xa0);
	}
	need(line.ptr[line.len - 1] == '\n');
	need(utf8_valid(line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_line l;
	struct str value, line;

	if (size == 0)
		return 0;
	l.format = data[0] & 1 ? LOG_JSON : LOG_TEXT;
	l.colour = false;
	value = str_from((const char *)data + 1, size - 1);
	log_line_begin(&l, LOG_INFO, "request", "frontend", (struct str){NULL, 0});
	for (int i = 0; i < 1 + data[0] / 16; i++) /* up to more than there is room for */
		log_line_field(&l, &LOG_STR("url.path", value));
	log_line_value(&l, value);
	if (l.format == LOG_JSON) { /* a value by itself is for text only */
		log_line_begin(&l, LOG_INFO, "request", "frontend", (struct str){NULL, 0});
		log_line_field(&l, &LOG_STR("url.path", value));
	}
	line = log_line_end(&l);
	check_visible(line);
	if (l.format == LOG_JSON)
		check_json(line, value);
	return 0;
}
