/*
 * instance.h: what this place is called, says of itself and allows, as administrators set it while
 * it runs. What is set lies in the store's table of settings and counts more than the
 * configuration; taken back, the configuration counts again.
 *
 * A node keeps the present values in memory. The node on which something is set has it at once, any
 * other within two seconds (it looks each second), commands of the operator's included. Reading
 * takes no lock: values are immutable, and what was replaced is kept for INSTANCE_KEEP_MS, far
 * longer than any request lives. So what instance_now() gives is good for a request, and no longer.
 */
#ifndef KINGLET_SERVICE_INSTANCE_H
#define KINGLET_SERVICE_INSTANCE_H

#include "auth/fingerprint.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/user.h"
#include "service/service.h"

#define INSTANCE_LOOK_MS 1000
#define INSTANCE_KEEP_MS (INT64_C(3600) * 1000)

/*
 * X(constant, name, kind, least, most): of a text in characters, of a number in itself; the bounds
 * of those that are also in the configuration are the same there.
 */
#define INSTANCE_TABLE(X)                                                               \
	X(INSTANCE_NAME, "instance-name", INSTANCE_LINE, 1, 60)                         \
	X(INSTANCE_DESCRIPTION, "instance-description", INSTANCE_LINE, 0, 300)          \
	X(INSTANCE_CONTACT, "instance-contact", INSTANCE_ADDRESS, 0, 200)               \
	X(INSTANCE_RULES, "rules", INSTANCE_LINES, 0, 5000)                             \
	X(INSTANCE_ANNOUNCEMENT, "announcement", INSTANCE_LINES, 0, 500)                \
	X(INSTANCE_REGISTRATION, "registration", INSTANCE_MODE, 0, 20)                  \
	X(INSTANCE_POST_MAX_CHARS, "post-max-chars", INSTANCE_NUMBER, 1, 5000)          \
	X(INSTANCE_SIGN_IN_BURST, "sign-in-burst", INSTANCE_NUMBER, 0, 100000)          \
	X(INSTANCE_ADDRESS_BURST, "sign-in-address-burst", INSTANCE_NUMBER, 0, 1000000) \
	X(INSTANCE_REGISTER_BURST, "register-burst", INSTANCE_NUMBER, 0, 1000000)       \
	X(INSTANCE_POST_BURST, "post-burst", INSTANCE_NUMBER, 0, 1000000)

enum instance_key {
#define INSTANCE_X(constant, name, kind, least, most) constant,
	INSTANCE_TABLE(INSTANCE_X)
#undef INSTANCE_X
		INSTANCE_COUNT
};
enum instance_kind {
	INSTANCE_LINE,
	INSTANCE_LINES,	  /* line breaks may stand in it; shown as posts are */
	INSTANCE_ADDRESS, /* e-mail, or http(s)://… */
	INSTANCE_MODE,	  /* a name of enum registration_mode */
	INSTANCE_NUMBER
};
struct instance_fact {
	const char *name;
	enum instance_kind kind;
	int64_t least, most;
};
extern const struct instance_fact instance_facts[INSTANCE_COUNT];

/* Who may have an account. */
enum registration_mode {
	REGISTRATION_OPEN,
	REGISTRATION_INVITATION, /* whoever brings a code */
	REGISTRATION_APPROVAL,	 /* whoever a moderator lets in */
	REGISTRATION_CLOSED,
	REGISTRATION_COUNT
};
extern const char *const registration_names[REGISTRATION_COUNT];

struct instance_values {
	struct str text[INSTANCE_COUNT]; /* of each, numbers too; never NULL */
	int64_t number[INSTANCE_COUNT];	 /* of an INSTANCE_NUMBER */
	bool set[INSTANCE_COUNT];	 /* it is not as configured */
	enum registration_mode registration;
	struct str contact_url; /* where `contact` leads; empty: nowhere */
	char announcement_id[FINGERPRINT_TEXT_BYTES + 1]; /* of this text alone */
	uint64_t generation;				  /* grows with each change on this node */
};

struct instance;
/* Called with the values at the start, and after each change; on any thread, one call at a time. */
typedef void instance_fn(void *user, const struct instance_values *now);

/* `configured`: texts that live as long. ERR_INVALID: `*why` names the setting that makes no sense.
 */
enum err MUST_CHECK instance_new(const struct str configured[INSTANCE_COUNT], struct instance **out,
				 struct buf *why);
/* Reads the store, and looks again each second on a thread of its own. `fn` may be NULL. */
enum err MUST_CHECK instance_start(struct instance *i, struct store *store, instance_fn *fn,
				   void *user);
/* Before the store is closed. NULL is fine, and so is one that never started. */
void instance_free(struct instance *i);
/* Looks now; for commands, which have no thread. */
enum err MUST_CHECK instance_load(struct instance *i, struct store *store);

/* Never NULL: without s->instance it is as the program comes. For a request's time. */
const struct instance_values *instance_now(const struct service *s);
/* As configured. */
const struct instance_values *instance_configured(const struct service *s);
/* The limit of a post, in characters. */
size_t instance_post_max_chars(const struct service *s);
/* INSTANCE_COUNT where there is none of that name. */
enum instance_key instance_find(struct str name);

/*
 * Is it a value of `key`? NULL, and `*clean` (in the arena) is what is to be kept: line breaks are
 * LF, no white space at the ends. Else a sentence that says what is wrong, in the language of the
 * thread.
 */
const char *instance_check(struct arena *a, enum instance_key key, struct str value,
			   struct str *clean);

struct instance_change {
	enum instance_key key;
	struct str value; /* as instance_check() gave it; .ptr NULL takes it back */
};
/*
 * Sets all of them or none, with a line in the log each, and knows it at once. `actor` NULL: the
 * operator's command line. ERR_DENIED: not an administrator.
 */
enum err MUST_CHECK instance_set(struct service *s, struct arena *a, const struct user *actor,
				 const struct instance_change *changes, size_t count);

#endif
