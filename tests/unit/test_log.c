/* log.h: lines that no input can forge, and that nobody waits for. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/log_line.h"

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
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
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

/* A line with one text field, as the server would write it. */
static struct str line_with(struct log_line *l, enum log_format format, struct str value)
{
	l->format = format;
	l->colour = false;
	log_line_begin(l, LOG_INFO, "event", "frontend", STR(",\"n\":1"));
	log_line_field(l, &LOG_STR("value", value));
	return log_line_end(l);
}

static json_t *object_of(struct str line)
{
	json_t *object = json_loadb(line.ptr, line.len, 0, NULL);

	if (!object)
		fail_msg("no JSON: %.*s", STR_ARG(line));
	assert_int_equal(line.ptr[line.len - 1], '\n');
	return object;
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

static void bytes_that_are_no_text_are_replaced(void **state)
{
	struct log_line l;
	json_t *object = object_of(line_with(&l, LOG_JSON, STR("a\xff\xed\xa0\x80z")));

	(void)state;
	assert_string_equal(json_string_value(json_object_get(object, "value")),
			    "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
	json_decref(object);
}

static void c1_controls_are_escaped_and_letters_are_not(void **state)
{
	struct log_line l;
	struct str line = line_with(&l, LOG_TEXT,
				    STR("\xc2\x9b"
					"31m \xc3\xa6"));

	(void)state;
	assert_non_null(memmem(line.ptr, line.len, "value=\"\\u009b31m \xc3\xa6\"\n", 20));
}

static void what_turns_or_breaks_a_line_unseen_is_escaped(void **state)
{
	static const char *const cases[][2] = {
		{"\xe2\x80\xae", "\\u202e"}, /* right-to-left override */
		{"\xe2\x81\xa6", "\\u2066"}, /* isolate */
		{"\xe2\x80\xa8", "\\u2028"}, /* line separator */
		{"\xe2\x80\x8b", "\\u200b"}, /* zero width space */
		{"\xef\xbb\xbf", "\\ufeff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_line l;
		struct str line = line_with(&l, LOG_TEXT, str_from_c(cases[i][0]));
		char wanted[32];

		snprintf(wanted, sizeof(wanted), "value=\"%s\"\n", cases[i][1]);
		assert_non_null(memmem(line.ptr, line.len, wanted, strlen(wanted)));
	}
}

static void plain_words_of_text_need_no_quotes(void **state)
{
	static const struct {
		struct str value;
		const char *wanted;
	} cases[] = {
		{STR_INIT("/public"), " value=/public\n"},
		{STR_INIT("a b"), " value=\"a b\"\n"},
		{STR_INIT("a=b"), " value=\"a=b\"\n"},
		{STR_INIT(""), " value=\"\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_line l;
		struct str line = line_with(&l, LOG_TEXT, cases[i].value);

		if (!str_ends_with(line, str_from_c(cases[i].wanted)))
			fail_msg("got %.*s, wanted it to end with %s", STR_ARG(line),
				 cases[i].wanted);
	}
}

static void long_values_are_cut_and_the_line_stays_whole(void **state)
{
	static char value[64 * 1024];
	static const char *const fillings[] = {"x", "\"", "\x01", "\xf0\x9f\x90\xa6"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t len = strlen(fillings[i]);
		struct log_line l;
		const char *got;
		json_t *object;

		for (size_t at = 0; at + len <= sizeof(value); at += len)
			memcpy(value + at, fillings[i], len);
		object = object_of(line_with(&l, LOG_JSON, str_from(value, sizeof(value))));
		got = json_string_value(json_object_get(object, "value"));
		assert_non_null(got);
		assert_true(strlen(got) > 100 && strlen(got) <= LOG_VALUE_MAX_BYTES + 3);
		assert_string_equal(got + strlen(got) - 3, "\xe2\x80\xa6");
		json_decref(object);
	}
}

static void fields_without_room_are_left_out(void **state)
{
	static char value[2000];
	struct log_line l = {.format = LOG_JSON};
	json_t *object;

	(void)state;
	memset(value, 'x', sizeof(value));
	log_line_begin(&l, LOG_INFO, "event", "frontend", STR(""));
	for (int i = 0; i < 20; i++)
		log_line_field(&l, &LOG_STR("value", str_from(value, sizeof(value))));
	log_line_field(&l, &LOG_I64("n", INT64_MIN));
	object = object_of(log_line_end(&l));
	assert_true(json_integer_value(json_object_get(object, "n")) == INT64_MIN);
	json_decref(object);
}

static void cause_is_one_line_of_bounded_length(void **state)
{
	char words[1000];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	log_cause_set(words);
	assert_int_equal(log_cause().len, LOG_CAUSE_MAX_BYTES);
	log_cause_set("first\nsecond");
	assert_true(str_eq(log_cause(), STR("first")));
	log_cause_clear();
	assert_int_equal(log_cause().len, 0);
}

/* Waits until the file has the text; the test's own time limit ends it where it never does. */
static void await_text(const char *path, const char *text)
{
	char content[4096] = "";

	while (!strstr(content, text)) {
		FILE *file = fopen(path, "r");
		size_t len = file ? fread(content, 1, sizeof(content) - 1, file) : 0;

		content[len] = '\0';
		if (file)
			fclose(file);
		sched_yield();
	}
}

static void a_file_that_was_opened_again_says_so_itself(void **state)
{
	char path[] = "/tmp/kinglet-log-XXXXXX", moved[sizeof(path) + 2];
	struct buf why = BUF_INIT(256);
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	log_setup(LOG_INFO, LOG_JSON);
	assert_int_equal(log_start(str_from_c(path), 65536, &why), ERR_OK);
	snprintf(moved, sizeof(moved), "%s.1", path);
	log_info("before");
	await_text(path, "before");
	assert_int_equal(rename(path, moved), 0);
	log_reopen();
	await_text(path, "log file opened again");
	await_text(moved, "before");
	log_stop(1000);
	unlink(path);
	unlink(moved);
}

/* A child whose standard output is a pipe that is full, with more lines waiting. */
static void die_unread(const int ends[2])
{
	struct buf why = BUF_INIT(256);
	char filling[4096] = {0};

	signal(SIGABRT, SIG_DFL);
	alarm(10); /* where it waits after all, this ends it in another way */
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], filling, sizeof(filling)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	dup2(ends[1], STDOUT_FILENO);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	log_setup(LOG_INFO, LOG_JSON);
	if (log_start((struct str){NULL, 0}, 65536, &why) != ERR_OK)
		_exit(2);
	log_info("waits");
	die("of something else than waiting");
}

static void nobody_who_dies_waits_for_a_reader(void **state)
{
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0)
		die_unread(ends);
	/* The ends stay open: where it wrote, it would wait for ever. */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_line_holds_no_control_character_of_its_values),
		cmocka_unit_test(json_line_is_one_object_that_gives_the_value_back),
		cmocka_unit_test(lines_are_counted_by_level_and_lost_ones_too),
		cmocka_unit_test(bytes_that_are_no_text_are_replaced),
		cmocka_unit_test(c1_controls_are_escaped_and_letters_are_not),
		cmocka_unit_test(what_turns_or_breaks_a_line_unseen_is_escaped),
		cmocka_unit_test(plain_words_of_text_need_no_quotes),
		cmocka_unit_test(long_values_are_cut_and_the_line_stays_whole),
		cmocka_unit_test(fields_without_room_are_left_out),
		cmocka_unit_test(cause_is_one_line_of_bounded_length),
		cmocka_unit_test(a_file_that_was_opened_again_says_so_itself),
		cmocka_unit_test(nobody_who_dies_waits_for_a_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
