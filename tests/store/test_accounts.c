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

static const struct CMUnitTest tests[] = {
	STORE_TEST(an_address_is_changed_for_one_person),
};

STORE_TESTS_MAIN(tests)
