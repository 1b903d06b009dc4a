/* What moderators do, its log, reports, notes, invitations: on every engine. */
#include "fixture.h"

#include <pthread.h>

#include "store/moderation.h"

static struct moderation_act act_of(enum moderation_action action, int64_t actor, int64_t user)
{
	return (struct moderation_act){.action = action,
				       .actor_id = actor,
				       .user_id = user,
				       .text = STR("because"),
				       .key = STR(""),
				       .at_ms = 1000};
}

static enum err act(enum moderation_action action, int64_t actor, int64_t user, int64_t post)
{
	struct moderation_act a = act_of(action, actor, user);

	a.post_id = post;
	return store_moderation_act(t.s, &a);
}

static struct audit_list audit(int64_t actor, int64_t user)
{
	struct audit_filter filter = {.actor_id = actor, .user_id = user};
	struct audit_list list;

	CHECK_OK(store_audit_list(t.s, &filter, 50, t.a, &list));
	return list;
}

static struct report_list reports(struct report_filter filter)
{
	struct report_list list;

	CHECK_OK(store_report_list(t.s, &filter, 50, t.a, &list));
	return list;
}

static enum err report(int64_t reporter, int64_t user, int64_t post)
{
	struct report r = {.reporter_id = reporter,
			   .user_id = user,
			   .post_id = post,
			   .category = REPORT_ABUSE,
			   .text = STR("look"),
			   .at_ms = 5};

	return store_report_create(t.s, &r);
}

static void each_action_is_done_and_logged_with_names(void **state)
{
	int64_t chief = add_user("chief"), anna = add_user("anna"), post = add_post(anna, "x");
	struct audit_list log;
	struct post got;

	(void)state;
	CHECK_OK(act(MODERATION_FLAG, chief, anna, post));
	CHECK_OK(store_post_get(t.s, post, t.a, &got));
	CHECK_I64(got.flagged, true);
	CHECK_OK(act(MODERATION_SUSPEND, 0, anna, 0));
	CHECK_I64(get_user(anna).state, USER_SUSPENDED);
	log = audit(0, 0);
	CHECK_I64(log.count, 2);
	CHECK_I64(log.items[0].action, MODERATION_SUSPEND);
	CHECK_STR(log.items[0].actor_name, "");
	CHECK_STR(log.items[1].actor_name, "chief");
	CHECK_STR(log.items[1].user_name, "anna");
	CHECK_STR(log.items[1].detail, "because");
	CHECK_I64(log.items[1].post_id, post);
	CHECK_I64(audit(chief, 0).count, 1);
	CHECK_I64(audit(0, anna).count, 2);
	CHECK_OK(act(MODERATION_UNSUSPEND, chief, anna, 0));
	CHECK_OK(act(MODERATION_DELETE_POST, chief, anna, post));
	CHECK_ERR(store_post_get(t.s, post, t.a, &got), ERR_NOT_FOUND);
}

static void what_fails_is_not_logged(void **state)
{
	int64_t chief = add_user("chief");

	(void)state;
	CHECK_ERR(act(MODERATION_FLAG, chief, 0, 123), ERR_NOT_FOUND);
	CHECK_ERR(act(MODERATION_DELETE_POST, chief, 0, 123), ERR_NOT_FOUND);
	CHECK_ERR(act(MODERATION_WARN, chief, 123, 0), ERR_NOT_FOUND);
	CHECK_ERR(act(MODERATION_DELETE_PERSON, 0, 123, 0), ERR_NOT_FOUND);
	CHECK_ERR(act(MODERATION_RESOLVE, chief, 0, 0), ERR_NOT_FOUND);
	CHECK_I64(audit(0, 0).count, 0);
}

static void nobody_but_the_operator_takes_the_last_administrator_away(void **state)
{
	int64_t chief = add_user("chief"), second = add_user("second");
	struct moderation_act demote = act_of(MODERATION_ROLE, chief, chief);

	(void)state;
	CHECK_OK(store_user_set_role(t.s, chief, USER_ADMIN));
	CHECK_ERR(store_moderation_act(t.s, &demote), ERR_DENIED);
	CHECK_ERR(act(MODERATION_SUSPEND, chief, chief, 0), ERR_DENIED);
	CHECK_ERR(act(MODERATION_DELETE_PERSON, chief, chief, 0), ERR_DENIED);
	CHECK_OK(store_user_set_role(t.s, second, USER_ADMIN));
	CHECK_OK(store_moderation_act(t.s, &demote));
	CHECK_I64(get_user(chief).role, USER_PERSON);
	CHECK_OK(act(MODERATION_DELETE_PERSON, 0, second, 0));
}

static void a_subject_is_reported_once_until_it_is_closed(void **state)
{
	int64_t anna = add_user("anna"), berta = add_user("berta"), post = add_post(anna, "rude");
	struct moderation_act close = act_of(MODERATION_RESOLVE, anna, 0);
	struct report_list open;
	struct report got;

	(void)state;
	CHECK_OK(report(berta, anna, post));
	CHECK_ERR(report(berta, anna, post), ERR_CONFLICT);
	CHECK_OK(report(berta, anna, 0));
	open = reports((struct report_filter){.state = REPORT_OPEN});
	CHECK_I64(open.count, 2);
	CHECK_STR(open.items[0].reporter_name, "berta");
	CHECK_STR(open.items[0].post_text, "rude");
	CHECK_STR(open.items[1].post_text, "");
	CHECK_I64(reports((struct report_filter){.user_id = anna}).count, 2);
	CHECK_I64(reports((struct report_filter){.reporter_id = berta}).count, 2);
	close.report_id = open.items[0].id;
	close.action = MODERATION_CLAIM;
	CHECK_OK(store_moderation_act(t.s, &close));
	CHECK_OK(store_report_get(t.s, close.report_id, t.a, &got));
	CHECK_STR(got.claimed_name, "anna");
	close.action = MODERATION_RESOLVE;
	CHECK_OK(store_moderation_act(t.s, &close));
	CHECK_ERR(store_moderation_act(t.s, &close), ERR_CONFLICT);
	CHECK_OK(store_report_get(t.s, close.report_id, t.a, &got));
	CHECK_I64(got.state, REPORT_RESOLVED);
	CHECK_STR(got.note, "because");
	CHECK_I64(reports((struct report_filter){.state = REPORT_OPEN}).count, 1);
	CHECK_OK(report(berta, anna, post));
}

static void a_warning_is_seen_until_it_is_acknowledged(void **state)
{
	int64_t chief = add_user("chief"), anna = add_user("anna");
	struct person_note_list notes;

	(void)state;
	CHECK_OK(act(MODERATION_NOTE, chief, anna, 0));
	CHECK_I64(get_user(anna).warning_id, 0);
	CHECK_OK(act(MODERATION_WARN, chief, anna, 0));
	CHECK_I64(get_user(anna).warning_id != 0, true);
	CHECK_OK(store_warning_acknowledge(t.s, anna, 77));
	CHECK_I64(get_user(anna).warning_id, 0);
	CHECK_OK(store_person_note_list(t.s, anna, t.a, &notes));
	CHECK_I64(notes.count, 2);
	CHECK_I64(notes.items[0].warning, true);
	CHECK_I64(notes.items[0].acknowledged_ms, 77);
	CHECK_STR(notes.items[1].author_name, "chief");
	CHECK_I64(notes.items[1].acknowledged_ms, 0);
}

static void an_invitation_lets_in_as_many_as_it_says(void **state)
{
	int64_t chief = add_user("chief"), id = 0;
	struct moderation_act invite = act_of(MODERATION_INVITE, chief, 0);
	struct user_new anna = user_named("anna"), berta = user_named("berta");
	struct invitation_list list;

	(void)state;
	invite.key = STR("CODE");
	invite.uses = 1;
	invite.expires_ms = INT64_MAX - 1;
	CHECK_OK(store_moderation_act(t.s, &invite));
	CHECK_ERR(store_moderation_act(t.s, &invite), ERR_CONFLICT);
	CHECK_OK(store_invitation_check(t.s, STR("CODE"), 5));
	CHECK_ERR(store_invitation_check(t.s, STR("OTHER"), 5), ERR_NOT_FOUND);
	CHECK_ERR(store_user_admit(t.s, &anna, STR("OTHER"), false, STR(""), &id), ERR_NOT_FOUND);
	CHECK_OK(store_user_admit(t.s, &anna, STR("CODE"), false, STR(""), &id));
	CHECK_I64(get_user(id).state, USER_ACTIVE);
	CHECK_ERR(store_user_admit(t.s, &berta, STR("CODE"), false, STR(""), NULL), ERR_NOT_FOUND);
	CHECK_I64(get_totals().users, 2);
	CHECK_OK(store_invitation_list(t.s, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_I64(list.items[0].uses, 1);
	CHECK_STR(list.items[0].created_name, "chief");
	invite.action = MODERATION_INVITE_END;
	CHECK_OK(store_moderation_act(t.s, &invite));
	CHECK_ERR(store_moderation_act(t.s, &invite), ERR_NOT_FOUND);
}

static void a_name_that_is_taken_costs_no_use(void **state)
{
	int64_t chief = add_user("chief");
	struct moderation_act invite = act_of(MODERATION_INVITE, chief, 0);
	struct user_new again = user_named("chief");

	(void)state;
	invite.key = STR("CODE");
	invite.uses = 1;
	invite.expires_ms = INT64_MAX - 1;
	CHECK_OK(store_moderation_act(t.s, &invite));
	CHECK_ERR(store_user_admit(t.s, &again, STR("CODE"), false, STR(""), NULL), ERR_CONFLICT);
	CHECK_OK(store_invitation_check(t.s, STR("CODE"), 5));
}

static void who_waits_for_approval_comes_in_by_it(void **state)
{
	struct user_new anna = user_named("anna");
	struct user_standing standing;
	int64_t id = 0;

	(void)state;
	CHECK_OK(store_user_admit(t.s, &anna, STR(""), true, STR("birds"), &id));
	CHECK_OK(store_user_state_get(t.s, id, t.a, &standing));
	CHECK_I64(standing.state, USER_PENDING);
	CHECK_STR(standing.reason, "birds");
	CHECK_OK(act(MODERATION_APPROVE, 0, id, 0));
	CHECK_I64(get_user(id).state, USER_ACTIVE);
}

static void a_deleted_person_leaves_no_id_and_no_words(void **state)
{
	int64_t chief = add_user("chief"), anna = add_user("anna"), berta = add_user("berta");
	struct report_list list;
	struct audit_list log;

	(void)state;
	CHECK_OK(report(anna, berta, 0));
	CHECK_OK(report(berta, anna, add_post(anna, "x")));
	CHECK_OK(act(MODERATION_WARN, chief, anna, 0));
	CHECK_OK(act(MODERATION_NOTE, anna, berta, 0));
	CHECK_OK(act(MODERATION_DELETE_PERSON, chief, anna, 0));
	list = reports((struct report_filter){.state = REPORT_OPEN});
	CHECK_I64(list.count, 1);
	CHECK_I64(list.items[0].reporter_id, 0);
	CHECK_STR(list.items[0].text, "");
	list = reports((struct report_filter){.state = REPORT_GONE});
	CHECK_I64(list.count, 1);
	CHECK_I64(list.items[0].user_id, 0);
	log = audit(0, 0);
	CHECK_I64(log.count, 3);
	for (size_t i = 0; i < log.count; i++) {
		CHECK_I64(log.items[i].user_id == anna, false);
		CHECK_I64(log.items[i].actor_id == anna, false);
	}
	CHECK_STR(log.items[0].detail, "because");
}

static void people_are_found_by_the_beginning_of_their_name(void **state)
{
	struct people_filter filter = {.prefix = STR("an"), .after = STR("")};
	int64_t chief = add_user("chief");
	struct user_list list;

	(void)state;
	add_user("anna");
	add_user("anton");
	add_user("berta");
	CHECK_OK(store_people_list(t.s, &filter, 1, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_I64(list.more, true);
	CHECK_STR(list.items[0].name, "anna");
	filter.after = STR("anna");
	CHECK_OK(store_people_list(t.s, &filter, 5, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_STR(list.items[0].name, "anton");
	CHECK_OK(store_user_set_role(t.s, chief, USER_MODERATOR));
	filter = (struct people_filter){.role = USER_MODERATOR};
	CHECK_OK(store_people_list(t.s, &filter, 5, t.a, &list));
	CHECK_I64(list.count, 1);
	CHECK_STR(list.items[0].name, "chief");
}

static void several_are_done_or_none_of_them(void **state)
{
	int64_t anna = add_user("anna"), first = add_post(anna, "x"), second = add_post(anna, "y");
	struct moderation_act acts[2] = {act_of(MODERATION_FLAG, 0, anna),
					 act_of(MODERATION_FLAG, 0, anna)};
	size_t failed = 9;
	struct post got;

	(void)state;
	acts[0].post_id = first;
	acts[1].post_id = 123;
	CHECK_ERR(store_moderation_acts(t.s, acts, 2, &failed), ERR_NOT_FOUND);
	CHECK_I64(failed, 1);
	CHECK_OK(store_post_get(t.s, first, t.a, &got));
	CHECK_I64(got.flagged, false);
	CHECK_I64(audit(0, 0).count, 0);
	acts[1].post_id = second;
	acts[1].detail = STR("instead");
	CHECK_OK(store_moderation_acts(t.s, acts, 2, NULL));
	CHECK_OK(store_post_get(t.s, second, t.a, &got));
	CHECK_I64(got.flagged, true);
	CHECK_I64(audit(0, 0).count, 2);
	CHECK_STR(audit(0, 0).items[0].detail, "instead");
}

static void only_who_waits_is_approved_or_rejected(void **state)
{
	struct user_new anna = user_named("anna"), berta = user_named("berta");
	struct moderation_counts counts;
	int64_t first = 0, second = 0;

	(void)state;
	CHECK_OK(store_user_admit(t.s, &anna, STR(""), true, STR("birds"), &first));
	CHECK_OK(store_user_admit(t.s, &berta, STR(""), true, STR("bees"), &second));
	CHECK_OK(report(0, first, 0));
	CHECK_OK(store_moderation_counts(t.s, &counts));
	CHECK_I64(counts.waiting, 2);
	CHECK_I64(counts.open_reports, 1);
	CHECK_ERR(act(MODERATION_UNSUSPEND, 0, first, 0), ERR_CONFLICT);
	CHECK_OK(act(MODERATION_APPROVE, 0, first, 0));
	CHECK_ERR(act(MODERATION_APPROVE, 0, first, 0), ERR_CONFLICT);
	CHECK_ERR(act(MODERATION_REJECT, 0, first, 0), ERR_CONFLICT);
	CHECK_OK(act(MODERATION_REJECT, 0, second, 0));
	CHECK_ERR(act(MODERATION_REJECT, 0, second, 0), ERR_NOT_FOUND);
	CHECK_I64(get_totals().users, 1);
	CHECK_OK(store_moderation_counts(t.s, &counts));
	CHECK_I64(counts.waiting, 0);
	CHECK_I64(audit(0, 0).items[0].user_id, 0);
	CHECK_OK(act(MODERATION_RESET_LINK, 0, first, 0));
	CHECK_ERR(act(MODERATION_RESET_LINK, 0, second, 0), ERR_NOT_FOUND);
}

static void *admit_by_code(void *arg)
{
	struct user_new u = user_named(arg);
	enum err e = store_user_admit(t.s, &u, STR("LAST"), false, STR(""), NULL);

	return (void *)(intptr_t)e;
}

static void of_two_who_bring_the_last_use_of_a_code_one_comes_in(void **state)
{
	static const char *const names[] = {"anna", "berta", "clara", "dora"};
	struct moderation_act invite = act_of(MODERATION_INVITE, 0, 0);
	pthread_t threads[4];
	int let_in = 0;

	(void)state;
	invite.key = STR("LAST");
	invite.uses = 1;
	invite.expires_ms = INT64_MAX - 1;
	CHECK_OK(store_moderation_act(t.s, &invite));
	for (size_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, admit_by_code, (void *)(uintptr_t)names[i]);
	for (size_t i = 0; i < 4; i++) {
		void *e;

		pthread_join(threads[i], &e);
		let_in += (intptr_t)e == ERR_OK;
	}
	CHECK_I64(let_in, 1);
	CHECK_I64(get_totals().users, 1);
}

static const struct CMUnitTest tests[] = {
	STORE_TEST(each_action_is_done_and_logged_with_names),
	STORE_TEST(what_fails_is_not_logged),
	STORE_TEST(nobody_but_the_operator_takes_the_last_administrator_away),
	STORE_TEST(a_subject_is_reported_once_until_it_is_closed),
	STORE_TEST(a_warning_is_seen_until_it_is_acknowledged),
	STORE_TEST(an_invitation_lets_in_as_many_as_it_says),
	STORE_TEST(a_name_that_is_taken_costs_no_use),
	STORE_TEST(who_waits_for_approval_comes_in_by_it),
	STORE_TEST(a_deleted_person_leaves_no_id_and_no_words),
	STORE_TEST(people_are_found_by_the_beginning_of_their_name),
	STORE_TEST(several_are_done_or_none_of_them),
	STORE_TEST(only_who_waits_is_approved_or_rejected),
	STORE_TEST(of_two_who_bring_the_last_use_of_a_code_one_comes_in),
};

STORE_TESTS_MAIN(tests)
