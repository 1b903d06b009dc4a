/* base/entity.h: links, mentions and tags in a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/entity.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

struct example {
	const char *text, *wanted; /* the entities, one after the other, between bars */
};

static void check(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str text = str_from_c(examples[i].text);
		struct buf got = BUF_INIT(10000);
		struct entity e = {.length = 0};

		while (entity_next(text, e.offset + e.length, &e)) {
			buf_add_char(&got, '|');
			buf_add(&got, str_sub(text, e.offset, e.length));
		}
		if (!str_eq(buf_str(&got), str_from_c(examples[i].wanted)))
			fail_msg("\"%s\": got %.*s, wanted %s", examples[i].text,
				 STR_ARG(buf_str(&got)), examples[i].wanted);
		buf_release(&got);
	}
}
#define CHECK(examples) check(examples, sizeof(examples) / sizeof((examples)[0]))

static void tags_are_words_of_any_script(void **state)
{
	static const struct example examples[] = {
		{"#cats and #dogs", "|#cats|#dogs"},
		{"#Blåbærgrød, #東京! #ελληνικά", "|#Blåbærgrød|#東京|#ελληνικά"},
		{"#हिन्दी", "|#हिन्दी"},
		{"#snake_case #2026goals", "|#snake_case|#2026goals"},
		{"#1 #2026 #_ #12_3 #٣", ""},
		{"(#tag) \"#tag\" -#tag", "|#tag|#tag|#tag"},
		{"#don't", "|#don"},
		{"# tag #", ""},
		{"a#tag ##tag &#39; _#tag é#tag /#tag", ""},
	};

	(void)state;
	CHECK(examples);
}

static void mentions_are_names_without_spaces(void **state)
{
	static const struct example examples[] = {
		{"@ada @Ada_Lovelace", "|@ada|@Ada_Lovelace"},
		{"thanks @ada. and @bob-", "|@ada|@bob"},
		{"@j.r.r.tolkien, @jean-luc!", "|@j.r.r.tolkien|@jean-luc"},
		{".@ada (@bob)", "|@ada|@bob"},
		{"@Åse @李", "|@Åse|@李"},
		{"mail ada@example.org or @ada@example.org", ""},
		{"@ @. @- @@ada", ""},
		{"@42", "|@42"},
	};

	(void)state;
	CHECK(examples);
}

static void nothing_lies_within_a_link(void **state)
{
	static const struct example examples[] = {
		{"https://a.example/#top @b", "|https://a.example/#top|@b"},
		{"https://a.example/@ada#x", "|https://a.example/@ada#x"},
		{"#tag,https://a.example", "|#tag|https://a.example"},
	};

	(void)state;
	CHECK(examples);
}

/* `count` times "x". */
static struct str sign_and(char sign, size_t count)
{
	char *text = arena_alloc(arena, count + 1);

	assert_non_null(text);
	memset(text, 'x', count + 1);
	text[0] = sign;
	return str_from(text, count + 1);
}

static void what_is_longer_than_its_limit_is_text(void **state)
{
	struct entity e;

	(void)state;
	assert_true(entity_next(sign_and('#', ENTITY_TAG_MAX_CHARS), 0, &e));
	assert_false(entity_next(sign_and('#', ENTITY_TAG_MAX_CHARS + 1), 0, &e));
	assert_true(entity_next(sign_and('@', ENTITY_MENTION_MAX_BYTES), 0, &e));
	assert_false(entity_next(sign_and('@', ENTITY_MENTION_MAX_BYTES + 1), 0, &e));
}

static void keys_are_folded_and_each_comes_once(void **state)
{
	struct str text = STR("#Cats #CATS @Ada_Lovelace @ada_lovelace #ﬁne #STRASSE #Straße");
	struct entity_keys keys;

	(void)state;
	assert_true(entity_list_keys(arena, text, ENTITY_TAG, &keys));
	assert_int_equal(keys.count, 3);
	assert_true(str_eq(keys.items[0], STR("cats")));
	assert_true(str_eq(keys.items[1], STR("fine")));
	assert_true(str_eq(keys.items[2], STR("strasse")));
	assert_true(entity_list_keys(arena, text, ENTITY_MENTION, &keys));
	assert_int_equal(keys.count, 1);
	assert_true(str_eq(keys.items[0], entity_mention_key(arena, STR("Ada Lovelace"))));
}

static void a_text_stands_for_a_bounded_number_of_tags(void **state)
{
	struct buf text = BUF_INIT(10000);
	struct entity_keys keys;

	(void)state;
	for (int i = 0; i < 2 * ENTITY_KEYS_MAX; i++)
		buf_printf(&text, "#tag%d ", i);
	assert_true(entity_list_keys(arena, buf_str(&text), ENTITY_TAG, &keys));
	assert_int_equal(keys.count, ENTITY_KEYS_MAX);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_words_of_any_script),
		cmocka_unit_test(mentions_are_names_without_spaces),
		cmocka_unit_test(nothing_lies_within_a_link),
		cmocka_unit_test(what_is_longer_than_its_limit_is_text),
		cmocka_unit_test(keys_are_folded_and_each_comes_once),
		cmocka_unit_test(a_text_stands_for_a_bounded_number_of_tags),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
