/*
 * service.h: what the rules stand on: the store, and the limits that an operator may set. The
 * rules themselves are in account.h, post.h, follow.h, timeline.h, moderation.h. service/ knows
 * nothing of HTTP; web/, api/ and command/ reach data only through it.
 */
#ifndef KINGLET_SERVICE_SERVICE_H
#define KINGLET_SERVICE_SERVICE_H

#include <stdint.h>
#include "base/err.h"
#include "store/store.h"

struct instance;
struct mailer;

struct service {
	struct store *store;
	struct instance *instance; /* what is set while it runs; NULL: as below */
	size_t post_max_chars;	   /* as a person counts: grapheme clusters */
	int64_t session_max_ms;	   /* a session that is not used that long ends */
	int64_t deletion_ms;	   /* who deletes the account may keep it that long */
	size_t sessions_per_user;  /* the oldest goes */
	struct mailer *mailer;	   /* NULL: no mail is sent */
};

#define SERVICE_NAME_MAX_CHARS	50
#define SERVICE_NAME_MAX_BYTES	400 /* a character of some scripts is several code points */
#define SERVICE_EMAIL_MAX_BYTES 254 /* RFC 5321 §4.5.3.1.3 */
/* Whatever post_max_chars: a cluster can be long. 500 of the longest emoji (35 bytes) fit. */
#define SERVICE_POST_MAX_BYTES 20480

#endif
