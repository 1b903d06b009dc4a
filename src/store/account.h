/*
 * store/account.h: what the store keeps of an account beyond the person and their sessions. The
 * promises of store.h hold.
 */
#ifndef KINGLET_STORE_ACCOUNT_H
#define KINGLET_STORE_ACCOUNT_H

#include "store/store.h"

/* An engine's side of these operations; see engine.h. */
struct account_ops {
	enum err (*set_email)(struct store *s, int64_t id, struct str email);
};

/* ERR_NOT_FOUND. */
enum err MUST_CHECK store_account_set_email(struct store *s, int64_t id, struct str email);

#endif
