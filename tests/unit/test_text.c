/* web/text.h: what people write, as HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "web/text.h"

#define LINK(url) "<a href=\"" url "\" rel=\"nofollow ugc\">" url "</a>"

struct example {
	const char *text, *wanted;
};

static void check(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = BUF_INIT(100000);

		text_html(&out, str_from_c(examples[i].text));
		if (!str_eq(buf_str(&out), str_from_c(examples[i].wanted)))
			fail_msg("\"%s\": got %.*s, wanted %s", examples[i].text,
				 STR_ARG(buf_str(&out)), examples[i].wanted);
		buf_release(&out);
	}
}
#define CHECK(examples) check(examples, sizeof(examples) / sizeof((examples)[0]))

static void text_is_escaped_and_keeps_its_line_breaks(void **state)
{
	static const struct example examples[] = {
		{"", ""},
		{"<b>\"hi\"</b>", "&lt;b&gt;&#34;hi&#34;&lt;/b&gt;"},
		{"one\ntwo\n\nthree", "one<br>two<br><br>three"},
		{"h", "h"},
		{"\n", "<br>"},
	};

	(void)state;
	CHECK(examples);
}

static void links_are_http_and_https_only(void **state)
{
	static const struct example examples[] = {
		{"http://a.example", LINK("http://a.example")},
		{"see https://a.example/x now", "see " LINK("https://a.example/x") " now"},
		{"HTTPS://A.example", LINK("HTTPS://A.example")},
		{"javascript:alert(1)", "javascript:alert(1)"},
		{"ftp://a.example", "ftp://a.example"},
		{"http:// a", "http:// a"},
		{"http://", "http://"},
		{"http:///x", "http:///x"},
		{"xhttp://a.example", "xhttp://a.example"},
		{"http://[::1]/", LINK("http://[::1]/")},
		{"https://bücher.example/ü", LINK("https://bücher.example/ü")},
		{"a\nhttp://b.example\nc", "a<br>" LINK("http://b.example") "<br>c"},
	};

	(void)state;
	CHECK(examples);
}

static void punctuation_that_ends_the_sentence_is_no_part_of_a_link(void **state)
{
	static const struct example examples[] = {
		{"http://a.example.", LINK("http://a.example") "."},
		{"http://a.example/x?!", LINK("http://a.example/x") "?!"},
		{"(http://a.example)", "(" LINK("http://a.example") ")"},
		{"(see http://a.example/b_(c)).", "(see " LINK("http://a.example/b_(c)") ")."},
		{"[http://a.example]", "[" LINK("http://a.example") "]"},
		{"\"http://a.example\"", "&#34;" LINK("http://a.example") "&#34;"},
		{"“http://a.example”", "“" LINK("http://a.example") "”"},
		{"http://a.example。次", LINK("http://a.example") "。次"},
		{"http://a.example/?q=1&r=2",
		 "<a href=\"http://a.example/?q=1&amp;r=2\" rel=\"nofollow ugc\">"
		 "http://a.example/?q=1&amp;r=2</a>"},
	};

	(void)state;
	CHECK(examples);
}

static void no_text_breaks_out_of_a_link(void **state)
{
	static const struct example examples[] = {
		{"http://a.example/\"onclick=x", LINK("http://a.example/") "&#34;onclick=x"},
		{"http://a.example/'x", "<a href=\"http://a.example/&#39;x\" rel=\"nofollow ugc\">"
					"http://a.example/&#39;x</a>"},
		{"http://a.example/<script>", LINK("http://a.example/") "&lt;script&gt;"},
	};

	(void)state;
	CHECK(examples);
}

static void a_long_link_is_shown_short_and_leads_to_the_whole(void **state)
{
	static const struct example examples[] = {
		{"https://www.a.example/0123456789/0123456789/0123456789/0123456789",
		 "<a href=\"https://www.a.example/0123456789/0123456789/0123456789/0123456789\" "
		 "rel=\"nofollow ugc\">a.example/0123456789/0123456789/012345…</a>"},
		/* Never cut within a character. */
		{"https://a.example/ßßßßßßßßßßßßßßßßßßßßßßß",
		 "<a href=\"https://a.example/ßßßßßßßßßßßßßßßßßßßßßßß\" rel=\"nofollow ugc\">"
		 "a.example/ßßßßßßßßßßßßßß…</a>"},
	};

	(void)state;
	CHECK(examples);
}

/* 16 KiB of what is worst for each rule: the work must grow with the text, not with its square. */
static void hostile_texts_cost_no_more_than_others(void **state)
{
	static const char *const pieces[] = {"http://a)", ")",	  "http://", "hhhh",
					     "(((",	  ".,.,", "\n"};
	enum { BYTES = 16384 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct buf text = BUF_INIT(BYTES + 100), out = BUF_INIT(64 * BYTES);

		buf_add(&text, STR("http://a"));
		while (text.len < BYTES)
			buf_add_c(&text, pieces[i]);
		for (int round = 0; round < 200; round++) {
			buf_clear(&out);
			text_html(&out, buf_str(&text));
		}
		assert_true(buf_ok(&out));
		assert_true(out.len >= text.len);
		buf_release(&text);
		buf_release(&out);
	}
}

static void a_summary_is_one_line_cut_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *wanted;
	} cases[] = {
		{"  one\n\ttwo  ", 100, "one two"},
		{"one two three", 8, "one two…"},
		{"ßßß", 3, "ß…"},
		{"", 10, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT(1000);

		text_summary(&out, str_from_c(cases[i].text), cases[i].max);
		if (!str_eq(buf_str(&out), str_from_c(cases[i].wanted)))
			fail_msg("\"%s\" cut at %zu: got %.*s, wanted %s", cases[i].text,
				 cases[i].max, STR_ARG(buf_str(&out)), cases[i].wanted);
		buf_release(&out);
	}
}

static void tags_and_mentions_lead_to_their_pages(void **state)
{
	static const struct example examples[] = {
		{"#Cats", "<a rel=\"tag\" href=\"/tag/Cats\">#Cats</a>"},
		{"#blå", "<a rel=\"tag\" href=\"/tag/bl%C3%A5\">#blå</a>"},
		{"hi @Ada_L!\n", "hi <a class=\"mention\" href=\"/@Ada_L\">@Ada_L</a>!<br>"},
		{"a@b.example #1", "a@b.example #1"},
	};
	struct buf out = BUF_INIT(1000);

	(void)state;
	CHECK(examples);
	text_html_at(&out, STR("#a"), STR("https://h.example"));
	assert_true(str_eq(buf_str(&out),
			   STR("<a rel=\"tag\" href=\"https://h.example/tag/a\">#a</a>")));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_and_mentions_lead_to_their_pages),
		cmocka_unit_test(text_is_escaped_and_keeps_its_line_breaks),
		cmocka_unit_test(links_are_http_and_https_only),
		cmocka_unit_test(punctuation_that_ends_the_sentence_is_no_part_of_a_link),
		cmocka_unit_test(no_text_breaks_out_of_a_link),
		cmocka_unit_test(a_long_link_is_shown_short_and_leads_to_the_whole),
		cmocka_unit_test(hostile_texts_cost_no_more_than_others),
		cmocka_unit_test(a_summary_is_one_line_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
