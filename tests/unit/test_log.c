/* log.h: lines that no input can forge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/log.h"

/* What log_warn() of a hostile value wrote to standard error. */
static size_t logged(enum log_format format, char *out, size_t size)
{
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t len;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_setup(LOG_INFO, format);
	log_debug("not to be seen");
	log_warn("something", LOG_STR("user.name", STR("a\nb\x1b[31m\"\\\xc3\xa6")),
		 LOG_I64("n", -7));
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	len = read(ends[0], out, size - 1);
	close(ends[0]);
	assert_true(len > 0);
	out[len] = '\0';
	return (size_t)len;
}

static void text_line_holds_no_control_character_of_its_values(void **state)
{
	char line[1024];
	size_t len = logged(LOG_TEXT, line, sizeof(line));

	(void)state;
	for (size_t i = 0; i + 1 < len; i++) {
		if ((unsigned char)line[i] < 0x20 || (unsigned char)line[i] > 0x7e)
			fail_msg("byte %zu of \"%s\" is a control character", i, line);
	}
	assert_int_equal(line[len - 1], '\n');
	assert_non_null(strstr(line, "warn  something user.name="));
	assert_non_null(strstr(line, "n=-7"));
}

static void json_line_is_one_object_that_gives_the_value_back(void **state)
{
	char line[1024];
	json_t *object;

	(void)state;
	logged(LOG_JSON, line, sizeof(line));
	object = json_loads(line, 0, NULL);
	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "user.name")),
			    "a\nb\x1b[31m\"\\\xc3\xa6");
	assert_int_equal(json_integer_value(json_object_get(object, "n")), -7);
	assert_string_equal(json_string_value(json_object_get(object, "log.level")), "warn");
	json_decref(object);
}

static void lines_are_counted_by_level_and_lost_ones_too(void **state)
{
	struct log_counters before, after;
	int saved = dup(STDERR_FILENO);
	char line[1024];

	(void)state;
	log_counters(&before);
	logged(LOG_TEXT, line, sizeof(line));
	close(STDERR_FILENO);
	log_error("nobody hears this");
	dup2(saved, STDERR_FILENO);
	close(saved);
	log_counters(&after);
	assert_int_equal(after.written[LOG_DEBUG], before.written[LOG_DEBUG]);
	assert_int_equal(after.written[LOG_WARN], before.written[LOG_WARN] + 1);
	assert_int_equal(after.written[LOG_ERROR], before.written[LOG_ERROR]);
	assert_int_equal(after.dropped, before.dropped + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_line_holds_no_control_character_of_its_values),
		cmocka_unit_test(json_line_is_one_object_that_gives_the_value_back),
		cmocka_unit_test(lines_are_counted_by_level_and_lost_ones_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
