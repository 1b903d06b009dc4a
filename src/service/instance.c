#include "service/instance.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "auth/fingerprint.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/utf8.h"
#include "store/moderation.h"

/* All settings together, several times over. */
#define SNAPSHOT_MAX_BYTES ((size_t)512 * 1024)
/* What is said of a change in the log: longer values are not repeated there. */
#define DETAIL_MAX_BYTES 100

const struct instance_fact instance_facts[INSTANCE_COUNT] = {
#define INSTANCE_X(constant, name, kind, least, most) [constant] = {name, kind, least, most},
	INSTANCE_TABLE(INSTANCE_X)
#undef INSTANCE_X
};

const char *const registration_names[REGISTRATION_COUNT] = {
	[REGISTRATION_OPEN] = "open",
	[REGISTRATION_INVITATION] = "invitation",
	[REGISTRATION_APPROVAL] = "approval",
	[REGISTRATION_CLOSED] = "closed",
};

struct snapshot {
	struct instance_values values;
	struct arena *arena;
	struct snapshot *older;
	int64_t replaced_ms;
};

struct instance {
	struct instance_values configured;
	_Atomic(struct snapshot *) now; /* NULL: as configured */
	struct store *store;
	instance_fn *fn;
	void *user;
	pthread_mutex_t lock; /* of whoever changes it */
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stopping;
	bool failing; /* the last look failed: said once */
	uint64_t generation;
};

/* ---- what a value may be -------------------------------------------------------------------- */

static bool is_visible_ascii(struct str s, const char *but)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= ' ' || c > '~' || strchr(but, c))
			return false;
	}
	return true;
}

static bool is_url(struct str s)
{
	return (str_starts_with(s, STR("https://")) && s.len > 8) ||
	       (str_starts_with(s, STR("http://")) && s.len > 7);
}

static bool is_address(struct str s)
{
	ptrdiff_t at = str_index(s, '@');

	if (s.len == 0)
		return true;
	if (is_url(s))
		return is_visible_ascii(s, "\"'<>\\^`{|}");
	return at > 0 && (size_t)at + 1 < s.len &&
	       is_visible_ascii(s, "\"'<>\\^`{|}?&%:/,;()[]#") &&
	       str_index(str_sub(s, (size_t)at + 1, s.len), '@') < 0;
}

static bool mode_of(struct str s, enum registration_mode *out)
{
	for (int i = 0; i < REGISTRATION_COUNT; i++) {
		if (str_eq(s, str_from_c(registration_names[i]))) {
			*out = (enum registration_mode)i;
			return true;
		}
	}
	return false;
}

/* Without CR, without white space at the ends; .ptr NULL where other control characters are in it.
 */
static struct str clean_text(struct arena *a, struct str value, bool lines)
{
	char *out = arena_alloc(a, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; out && i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c == '\r')
			continue;
		if (c == 0x7f || (c < 0x20 && !(lines && (c == '\n' || c == '\t'))))
			return (struct str){NULL, 0};
		out[len++] = (char)c;
	}
	return out ? str_trim(str_from(out, len)) : (struct str){NULL, 0};
}

static const char *check_text(const struct instance_fact *fact, struct str text)
{
	size_t chars = text.ptr && utf8_valid(text) ? utf8_count_graphemes(text) : 0;

	if (!text.ptr || !utf8_valid(text))
		return T("There are characters in it that nobody can see");
	/* A character may be long, but not without end. */
	if ((int64_t)chars > fact->most || text.len > (size_t)fact->most * 8)
		return T("That is too long");
	return (int64_t)chars < fact->least ? T("This can’t be empty") : NULL;
}

const char *instance_check(struct arena *a, enum instance_key key, struct str value,
			   struct str *clean)
{
	const struct instance_fact *fact = &instance_facts[key];
	struct str text = clean_text(a, value, fact->kind == INSTANCE_LINES);
	const char *problem = NULL;
	enum registration_mode mode;
	int64_t number;

	if (fact->kind != INSTANCE_NUMBER)
		problem = check_text(fact, text);
	else if (!text.ptr || !str_to_i64(text, &number) || number < fact->least ||
		 number > fact->most)
		problem = T("That is not a number within these bounds");
	if (!problem && fact->kind == INSTANCE_ADDRESS && !is_address(text))
		problem = T("That is neither an e-mail address nor a link that begins with "
			    "https://");
	if (!problem && fact->kind == INSTANCE_MODE && !mode_of(text, &mode))
		problem = T("Please choose one of these");
	if (!problem)
		*clean = text;
	return problem;
}

enum instance_key instance_find(struct str name)
{
	for (int i = 0; i < INSTANCE_COUNT; i++) {
		if (str_eq(name, str_from_c(instance_facts[i].name)))
			return (enum instance_key)i;
	}
	return INSTANCE_COUNT;
}

/* ---- values --------------------------------------------------------------------------------- */

/* What follows from the texts. */
static void derive(struct instance_values *v, struct arena *a)
{
	struct str text = v->text[INSTANCE_ANNOUNCEMENT], contact = v->text[INSTANCE_CONTACT];

	for (int i = 0; i < INSTANCE_COUNT; i++) {
		if (instance_facts[i].kind == INSTANCE_NUMBER)
			(void)!str_to_i64(v->text[i], &v->number[i]);
	}
	(void)!mode_of(v->text[INSTANCE_REGISTRATION], &v->registration);
	fingerprint(&text, 1, v->announcement_id);
	v->contact_url = contact;
	if (contact.len && !is_url(contact))
		v->contact_url = arena_printf(a, "mailto:%.*s", STR_ARG(contact));
}

static const struct instance_values as_it_comes = {
	.text = {[INSTANCE_NAME] = STR_INIT("Kinglet"),
		 [INSTANCE_DESCRIPTION] = STR_INIT(""),
		 [INSTANCE_CONTACT] = STR_INIT(""),
		 [INSTANCE_RULES] = STR_INIT(""),
		 [INSTANCE_ANNOUNCEMENT] = STR_INIT(""),
		 [INSTANCE_REGISTRATION] = STR_INIT("open"),
		 [INSTANCE_POST_MAX_CHARS] = STR_INIT("500"),
		 [INSTANCE_SIGN_IN_BURST] = STR_INIT("0"),
		 [INSTANCE_ADDRESS_BURST] = STR_INIT("0"),
		 [INSTANCE_REGISTER_BURST] = STR_INIT("0"),
		 [INSTANCE_POST_BURST] = STR_INIT("0")},
};

const struct instance_values *instance_now(const struct service *s)
{
	const struct snapshot *now = s && s->instance ? atomic_load(&s->instance->now) : NULL;

	return now ? &now->values : instance_configured(s);
}

const struct instance_values *instance_configured(const struct service *s)
{
	return s && s->instance ? &s->instance->configured : &as_it_comes;
}

size_t instance_post_max_chars(const struct service *s)
{
	return s->instance ? (size_t)instance_now(s)->number[INSTANCE_POST_MAX_CHARS]
			   : s->post_max_chars;
}

static void snapshot_free(struct snapshot *s)
{
	if (s)
		arena_free(s->arena);
	free(s);
}

static struct snapshot *snapshot_new(const struct instance_values *configured)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s)
		s->arena = arena_new(SNAPSHOT_MAX_BYTES);
	if (s && s->arena) {
		s->values = *configured;
		return s;
	}
	free(s);
	return NULL;
}

/* What another release has set, and this one doesn't know or take, doesn't count. */
static void apply(struct snapshot *s, const struct setting_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		enum instance_key key = instance_find(list->items[i].name);
		struct str clean;

		if (key == INSTANCE_COUNT ||
		    instance_check(s->arena, key, list->items[i].value, &clean))
			continue;
		s->values.text[key] = clean;
		s->values.set[key] = true;
	}
	derive(&s->values, s->arena);
}

static bool same(const struct instance_values *one, const struct instance_values *other)
{
	for (int i = 0; i < INSTANCE_COUNT; i++) {
		if (one->set[i] != other->set[i] || !str_eq(one->text[i], other->text[i]))
			return false;
	}
	return true;
}

/* With the lock held. */
static void forget_old(struct snapshot *newest, int64_t now_ms)
{
	struct snapshot **at = &newest->older;

	while (*at && now_ms - (*at)->replaced_ms < INSTANCE_KEEP_MS)
		at = &(*at)->older;
	while (*at) {
		struct snapshot *gone = *at;

		*at = gone->older;
		snapshot_free(gone);
	}
}

static void publish(struct instance *i, struct snapshot *fresh)
{
	struct snapshot *old = atomic_load(&i->now);

	fresh->older = old;
	fresh->values.generation = ++i->generation;
	if (old)
		old->replaced_ms = clock_now_ms();
	atomic_store(&i->now, fresh);
	forget_old(fresh, clock_now_ms());
	if (i->fn)
		i->fn(i->user, &fresh->values);
}

static enum err look(struct instance *i)
{
	struct snapshot *fresh = snapshot_new(&i->configured), *old;
	struct setting_list list;
	enum err e = fresh ? ERR_OK : ERR_BUSY;

	if (e == ERR_OK)
		e = store_setting_list(i->store, fresh->arena, &list);
	if (e != ERR_OK) {
		snapshot_free(fresh);
		return e;
	}
	apply(fresh, &list);
	old = atomic_load(&i->now);
	if (old && same(&old->values, &fresh->values))
		snapshot_free(fresh);
	else
		publish(i, fresh);
	return ERR_OK;
}

static enum err refresh(struct instance *i)
{
	enum err e;

	pthread_mutex_lock(&i->lock);
	e = look(i);
	pthread_mutex_unlock(&i->lock);
	return e;
}

/* ---- its life ------------------------------------------------------------------------------- */

static enum err check_configured(struct instance *i, struct arena *a, struct buf *why)
{
	for (int key = 0; key < INSTANCE_COUNT; key++) {
		struct str clean;
		const char *problem = instance_check(a, (enum instance_key)key,
						     i->configured.text[key], &clean);

		if (problem) {
			buf_printf(why, "%s: %s", instance_facts[key].name, problem);
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

enum err instance_new(const struct str configured[INSTANCE_COUNT], struct instance **out,
		      struct buf *why)
{
	struct instance *i = calloc(1, sizeof(*i));
	struct arena *a = arena_new(SNAPSHOT_MAX_BYTES);
	pthread_condattr_t attributes;
	enum err e;

	if (!i || !a)
		die("no memory for the settings of the instance");
	memcpy(i->configured.text, configured, sizeof(i->configured.text));
	pthread_mutex_init(&i->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&i->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	e = check_configured(i, a, why);
	derive(&i->configured, a);
	i->configured.contact_url = STR(""); /* it lay in the arena; snapshots have their own */
	arena_free(a);
	if (e == ERR_OK)
		*out = i;
	else
		instance_free(i);
	return e;
}

static void *watch(void *arg)
{
	struct instance *i = arg;
	struct timespec until;

	pthread_mutex_lock(&i->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	while (!i->stopping) {
		until.tv_sec += INSTANCE_LOOK_MS / 1000;
		while (!i->stopping && pthread_cond_timedwait(&i->wake, &i->lock, &until) == 0)
			;
		if (i->stopping)
			break;
		enum err e = look(i);

		if (e != ERR_OK && !i->failing)
			log_warn("could not read the settings of the instance",
				 LOG_C("error.type", err_label(e)));
		i->failing = e != ERR_OK;
		clock_gettime(CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&i->lock);
	return NULL;
}

enum err instance_load(struct instance *i, struct store *store)
{
	i->store = store;
	return refresh(i);
}

enum err instance_start(struct instance *i, struct store *store, instance_fn *fn, void *user)
{
	enum err e;

	i->fn = fn;
	i->user = user;
	e = instance_load(i, store);
	/* It looks again: what isn't known now is as configured. */
	if (e != ERR_OK)
		log_warn("could not read the settings of the instance",
			 LOG_C("error.type", err_label(e)));
	if (pthread_create(&i->thread, NULL, watch, i) != 0)
		return ERR_BUSY;
	i->running = true;
	return ERR_OK;
}

void instance_free(struct instance *i)
{
	struct snapshot *at;

	if (!i)
		return;
	if (i->running) {
		pthread_mutex_lock(&i->lock);
		i->stopping = true;
		pthread_cond_signal(&i->wake);
		pthread_mutex_unlock(&i->lock);
		pthread_join(i->thread, NULL);
	}
	at = atomic_load(&i->now);
	while (at) {
		struct snapshot *gone = at;

		at = gone->older;
		snapshot_free(gone);
	}
	pthread_cond_destroy(&i->wake);
	pthread_mutex_destroy(&i->lock);
	free(i);
}

/* ---- setting -------------------------------------------------------------------------------- */

static struct str detail_of(const struct service *s, struct arena *a,
			    const struct instance_change *change)
{
	struct str name = str_from_c(instance_facts[change->key].name);
	struct str old = instance_now(s)->text[change->key];
	struct str fresh = change->value.ptr ? change->value
					     : instance_configured(s)->text[change->key];

	if (old.len > DETAIL_MAX_BYTES || fresh.len > DETAIL_MAX_BYTES)
		return name;
	return arena_printf(a, "%.*s: “%.*s” → “%.*s”", STR_ARG(name), STR_ARG(old),
			    STR_ARG(fresh));
}

enum err instance_set(struct service *s, struct arena *a, const struct user *actor,
		      const struct instance_change *changes, size_t count)
{
	struct moderation_act *acts = arena_array(a, count + 1, sizeof(*acts));
	int64_t now_ms = clock_now_ms();
	enum err e;

	if (actor && actor->role != USER_ADMIN)
		return ERR_DENIED;
	if (!acts)
		return ERR_TOO_LARGE;
	if (count == 0)
		return ERR_OK;
	for (size_t i = 0; i < count; i++)
		acts[i] = (struct moderation_act){
			.action = MODERATION_SETTING,
			.actor_id = actor ? actor->id : 0,
			.key = str_from_c(instance_facts[changes[i].key].name),
			.text = changes[i].value,
			.detail = detail_of(s, a, &changes[i]),
			.at_ms = now_ms,
		};
	e = store_moderation_acts(s->store, acts, count, NULL);
	/* Where that fails now, the next look has it. */
	if (e == ERR_OK && s->instance)
		(void)!refresh(s->instance);
	return e;
}
