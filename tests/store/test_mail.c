/* Mail that waits, and confirmed addresses: store_mail_*(), store_email_*(). */
#include "fixture.h"

#include "store/account.h"
#include "store/mail.h"

static struct mail mail_to(int64_t user_id, const char *address, int64_t created_ms)
{
	return (struct mail){.user_id = user_id,
			     .kind = MAIL_PASSWORD_CHANGED,
			     .address = str_from_c(address),
			     .language = STR("da"),
			     .created_ms = created_ms};
}

static void put(int64_t user_id, const char *address, int64_t created_ms)
{
	struct mail mail = mail_to(user_id, address, created_ms);

	CHECK_OK(store_mail_put(t.s, &mail));
}

static int64_t waiting(void)
{
	int64_t count = -1;

	CHECK_OK(store_mail_waiting(t.s, &count));
	return count;
}

static void mail_is_claimed_once_until_its_time_is_over(void **state)
{
	int64_t anna = add_user("anna");
	struct mail got;

	(void)state;
	CHECK_ERR(store_mail_claim(t.s, 5000, 9000, t.a, &got), ERR_NOT_FOUND);
	put(anna, "anna@example.org", 1000);
	put(0, "who@example.org", 2000);
	CHECK_I64(waiting(), 2);
	CHECK_ERR(store_mail_claim(t.s, 999, 9000, t.a, &got), ERR_NOT_FOUND);
	CHECK_OK(store_mail_claim(t.s, 5000, 9000, t.a, &got));
	CHECK_I64(got.user_id, anna);
	CHECK_I64(got.kind, MAIL_PASSWORD_CHANGED);
	CHECK_STR(got.address, "anna@example.org");
	CHECK_STR(got.language, "da");
	CHECK_I64(got.created_ms, 1000);
	CHECK_I64(got.attempts, 1);
	CHECK_OK(store_mail_claim(t.s, 5000, 9001, t.a, &got));
	CHECK_I64(got.user_id, 0);
	CHECK_STR(got.address, "who@example.org");
	CHECK_ERR(store_mail_claim(t.s, 8999, 9999, t.a, &got), ERR_NOT_FOUND);
	CHECK_OK(store_mail_claim(t.s, 9000, 9999, t.a, &got));
	CHECK_I64(got.attempts, 2);
	CHECK_OK(store_mail_again(t.s, got.id, 20000));
	CHECK_OK(store_mail_claim(t.s, 9999, 12000, t.a, &got));
	CHECK_I64(got.user_id, 0);
	CHECK_OK(store_mail_done(t.s, got.id));
	CHECK_OK(store_mail_done(t.s, got.id));
	CHECK_I64(waiting(), 1);
	CHECK_ERR(store_mail_claim(t.s, 19999, 30000, t.a, &got), ERR_NOT_FOUND);
	CHECK_OK(store_mail_claim(t.s, 20000, 30000, t.a, &got));
	CHECK_I64(got.attempts, 3);
}

static void mail_is_of_somebody_and_goes_with_them(void **state)
{
	int64_t anna = add_user("anna");
	struct mail nobody = mail_to(anna + 1, "x@example.org", 1000);

	(void)state;
	CHECK_ERR(store_mail_put(t.s, &nobody), ERR_BUSY);
	put(anna, "anna@example.org", 1000);
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_I64(waiting(), 0);
}

static void an_address_is_confirmed_while_it_is_the_one(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta");
	struct mail_owners owners;
	bool confirmed = true;

	(void)state;
	CHECK_OK(store_account_set_email(t.s, anna, STR("A@Example.org")));
	CHECK_OK(store_account_set_email(t.s, berta, STR("a@example.org")));
	CHECK_OK(store_email_is_confirmed(t.s, anna, &confirmed));
	CHECK_I64(confirmed, false);
	CHECK_OK(store_email_owners(t.s, STR("a@example.org"), &owners));
	CHECK_I64(owners.count, 0);
	CHECK_ERR(store_email_confirm(t.s, anna, STR("b@example.org"), STR("b@example.org")),
		  ERR_NOT_FOUND);
	CHECK_ERR(store_email_confirm(t.s, 99, STR("b@example.org"), STR("b@example.org")),
		  ERR_NOT_FOUND);
	CHECK_OK(store_email_confirm(t.s, anna, STR("A@Example.org"), STR("a@example.org")));
	CHECK_OK(store_email_confirm(t.s, berta, STR("a@example.org"), STR("a@example.org")));
	CHECK_OK(store_email_is_confirmed(t.s, anna, &confirmed));
	CHECK_I64(confirmed, true);
	CHECK_OK(store_email_owners(t.s, STR("a@example.org"), &owners));
	CHECK_I64(owners.count, 2);
	CHECK_I64(owners.ids[0], anna);
	CHECK_I64(owners.ids[1], berta);
	CHECK_OK(store_account_set_email(t.s, anna, STR("c@example.org")));
	CHECK_OK(store_email_is_confirmed(t.s, anna, &confirmed));
	CHECK_I64(confirmed, false);
	CHECK_OK(store_email_owners(t.s, STR("a@example.org"), &owners));
	CHECK_I64(owners.count, 1);
	CHECK_OK(store_email_confirm(t.s, anna, STR("c@example.org"), STR("c@example.org")));
	CHECK_OK(store_email_owners(t.s, STR("c@example.org"), &owners));
	CHECK_I64(owners.count, 1);
	CHECK_OK(store_user_delete(t.s, anna));
	CHECK_OK(store_email_owners(t.s, STR("c@example.org"), &owners));
	CHECK_I64(owners.count, 0);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(mail_is_claimed_once_until_its_time_is_over),
	STORE_TEST(mail_is_of_somebody_and_goes_with_them),
	STORE_TEST(an_address_is_confirmed_while_it_is_the_one),
};
STORE_TESTS_MAIN(tests)
