/* What is kept of accounts beside the person: store_account_*(). */
#include "fixture.h"

#include "store/account.h"

static void an_address_is_changed_for_one_person(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct str before;

	(void)state;
	before = get_user(berta).email;
	CHECK_OK(store_account_set_email(t.s, anna, STR("new@example.org")));
	CHECK_STR(get_user(anna).email, "new@example.org");
	assert_true(str_eq(get_user(berta).email, before));
	CHECK_ERR(store_account_set_email(t.s, 99, STR("new@example.org")), ERR_NOT_FOUND);
}

static enum err rename_to(int64_t id, const char *name, int64_t now_ms, int64_t not_since_ms)
{
	struct rename r = {.user_id = id,
			   .name = str_from_c(name),
			   .name_key = str_from_c(name),
			   .now_ms = now_ms,
			   .not_since_ms = not_since_ms};

	return store_account_rename(t.s, &r);
}

static void a_new_name_is_on_every_post_and_the_old_one_leads_to_it(void **state)
{
	int64_t anna = add_user("anna"), post = add_post(anna, "hello"), owner = 0;
	struct post_list list;
	struct user user;
	struct post got;

	(void)state;
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 10, t.a, &list));
	CHECK_STR(list.items[0].author_name, "anna");
	CHECK_OK(rename_to(anna, "anne", 1000, 0));
	CHECK_OK(store_post_get(t.s, post, t.a, &got));
	CHECK_STR(got.author_name, "anne");
	CHECK_OK(store_timeline_home(t.s, anna, (struct cursor){0}, 10, t.a, &list));
	CHECK_STR(list.items[0].author_name, "anne");
	CHECK_OK(store_user_by_name(t.s, STR("anne"), t.a, &user));
	CHECK_I64(user.id, anna);
	CHECK_ERR(store_user_by_name(t.s, STR("anna"), t.a, &user), ERR_NOT_FOUND);
	CHECK_OK(store_account_old_name(t.s, STR("anna"), &owner));
	CHECK_I64(owner, anna);
	CHECK_ERR(store_account_old_name(t.s, STR("anne"), &owner), ERR_NOT_FOUND);
}

static void a_name_that_somebody_has_or_had_is_refused(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct user_new again = user_named("anna");

	(void)state;
	CHECK_ERR(rename_to(anna, "berta", 1000, 0), ERR_CONFLICT);
	CHECK_OK(rename_to(anna, "anne", 1000, 0));
	CHECK_ERR(rename_to(berta, "anna", 1000, 0), ERR_CONFLICT);
	CHECK_ERR(store_user_create(t.s, &again, NULL), ERR_CONFLICT);
	CHECK_ERR(rename_to(anna, "anni", 2000, 999), ERR_DENIED);
	CHECK_STR(get_user(anna).name, "anne");
	CHECK_OK(rename_to(anna, "anna", 2000, 1000));
	CHECK_STR(get_user(anna).name, "anna");
	CHECK_ERR(rename_to(99, "nobody", 1000, 0), ERR_NOT_FOUND);
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_OK(rename_to(berta, "anne", 3000, 0));
}

static struct ticket ticket_of(int64_t user_id, unsigned char number, enum ticket_kind kind)
{
	return (struct ticket){
		.hash = {number}, .user_id = user_id, .expires_ms = 5000, .kind = kind};
}

static void put_ticket(int64_t user_id, unsigned char number, enum ticket_kind kind)
{
	struct ticket ticket = ticket_of(user_id, number, kind);

	CHECK_OK(store_ticket_put(t.s, &ticket));
}

static void a_ticket_is_taken_once_by_its_kind_before_it_expires(void **state)
{
	int64_t anna = add_user("anna"), got = 0;
	struct ticket ticket = ticket_of(anna, 1, TICKET_RESET),
		      nobodys = ticket_of(99, 9, TICKET_RESET);

	(void)state;
	CHECK_OK(store_ticket_put(t.s, &ticket));
	CHECK_ERR(store_ticket_put(t.s, &ticket), ERR_CONFLICT);
	CHECK_ERR(store_ticket_put(t.s, &nobodys), ERR_NOT_FOUND);
	CHECK_OK(store_ticket_find(t.s, ticket.hash, TICKET_RESET, 4999, &got));
	CHECK_I64(got, anna);
	CHECK_ERR(store_ticket_take(t.s, ticket.hash, TICKET_RECOVERY, 0, &got), ERR_NOT_FOUND);
	CHECK_ERR(store_ticket_take(t.s, ticket.hash, TICKET_RESET, 5000, &got), ERR_NOT_FOUND);
	CHECK_OK(store_ticket_take(t.s, ticket.hash, TICKET_RESET, 4999, &got));
	CHECK_ERR(store_ticket_take(t.s, ticket.hash, TICKET_RESET, 4999, &got), ERR_NOT_FOUND);
}

static void tickets_are_counted_dropped_by_kind_and_expire(void **state)
{
	int64_t anna = add_user("anna"), count = -1;

	(void)state;
	put_ticket(anna, 1, TICKET_RECOVERY);
	put_ticket(anna, 2, TICKET_RECOVERY);
	put_ticket(anna, 3, TICKET_RESET);
	CHECK_OK(store_ticket_count(t.s, anna, TICKET_RECOVERY, &count));
	CHECK_I64(count, 2);
	CHECK_OK(store_ticket_drop(t.s, anna, TICKET_RECOVERY));
	CHECK_OK(store_ticket_count(t.s, anna, TICKET_RECOVERY, &count));
	CHECK_I64(count, 0);
	CHECK_OK(store_ticket_expire(t.s, 4999));
	CHECK_OK(store_ticket_count(t.s, anna, TICKET_RESET, &count));
	CHECK_I64(count, 1);
	CHECK_OK(store_ticket_expire(t.s, 5000));
	CHECK_OK(store_ticket_count(t.s, anna, TICKET_RESET, &count));
	CHECK_I64(count, 0);
}

static void a_code_is_used_once_and_confirms_its_secret(void **state)
{
	const unsigned char first[TOTP_SECRET_BYTES] = {1}, second[TOTP_SECRET_BYTES] = {2};
	int64_t anna = add_user("anna");
	struct totp totp;

	(void)state;
	CHECK_ERR(store_totp_get(t.s, anna, &totp), ERR_NOT_FOUND);
	CHECK_ERR(store_totp_use(t.s, anna, 7), ERR_CONFLICT);
	CHECK_OK(store_totp_begin(t.s, anna, first));
	CHECK_OK(store_totp_begin(t.s, anna, second));
	CHECK_OK(store_totp_get(t.s, anna, &totp));
	assert_memory_equal(totp.secret, second, TOTP_SECRET_BYTES);
	assert_false(totp.confirmed);
	CHECK_OK(store_totp_use(t.s, anna, 7));
	CHECK_ERR(store_totp_use(t.s, anna, 7), ERR_CONFLICT);
	CHECK_ERR(store_totp_use(t.s, anna, 6), ERR_CONFLICT);
	CHECK_ERR(store_totp_begin(t.s, anna, first), ERR_CONFLICT);
	CHECK_OK(store_totp_get(t.s, anna, &totp));
	assert_true(totp.confirmed);
	CHECK_I64(totp.last_step, 7);
	CHECK_ERR(store_totp_begin(t.s, 99, first), ERR_NOT_FOUND);
	CHECK_OK(store_totp_delete(t.s, anna));
	CHECK_ERR(store_totp_get(t.s, anna, &totp), ERR_NOT_FOUND);
}

static void all_of_it_goes_with_the_person(void **state)
{
	const unsigned char secret[TOTP_SECRET_BYTES] = {1};
	int64_t anna = add_user("anna"), got;
	struct totp totp;

	(void)state;
	put_ticket(anna, 1, TICKET_RESET);
	CHECK_OK(store_totp_begin(t.s, anna, secret));
	CHECK_OK(rename_to(anna, "anne", 1000, 0));
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_ERR(store_totp_get(t.s, anna, &totp), ERR_NOT_FOUND);
	CHECK_ERR(store_account_old_name(t.s, STR("anna"), &got), ERR_NOT_FOUND);
	CHECK_OK(store_ticket_count(t.s, anna, TICKET_RESET, &got));
	CHECK_I64(got, 0);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(an_address_is_changed_for_one_person),
	STORE_TEST(a_new_name_is_on_every_post_and_the_old_one_leads_to_it),
	STORE_TEST(a_name_that_somebody_has_or_had_is_refused),
	STORE_TEST(a_ticket_is_taken_once_by_its_kind_before_it_expires),
	STORE_TEST(tickets_are_counted_dropped_by_kind_and_expire),
	STORE_TEST(a_code_is_used_once_and_confirms_its_secret),
	STORE_TEST(all_of_it_goes_with_the_person),
};

STORE_TESTS_MAIN(tests)
