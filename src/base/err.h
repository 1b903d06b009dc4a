/*
 * err.h: the one enumeration of what can go wrong, with what each outcome is called.
 *
 * A function that can fail returns `enum err` and leaves its outputs untouched unless it returns
 * ERR_OK. It does not log: an error is logged once, at the edge of the request or the command.
 * A broken invariant is no error: it ends the process (see die() in log.h).
 */
#ifndef KINGLET_BASE_ERR_H
#define KINGLET_BASE_ERR_H

/* X(constant, HTTP status, metric label, text for people) */
#define ERR_TABLE(X)                                                                    \
	X(ERR_OK, 200, "ok", "no error")                                                \
	X(ERR_NOT_FOUND, 404, "not_found", "there is no such thing")                    \
	X(ERR_CONFLICT, 409, "conflict", "it exists already")                           \
	X(ERR_INVALID, 400, "invalid", "the input is not valid")                        \
	X(ERR_DENIED, 403, "denied", "that is not allowed")                             \
	X(ERR_BUSY, 503, "busy", "too much to do at the moment")                        \
	X(ERR_TIMEOUT, 503, "timeout", "it took too long")                              \
	X(ERR_TOO_LARGE, 413, "too_large", "it is too large")                           \
	X(ERR_RATE_LIMITED, 429, "rate_limited", "too many requests")                   \
	X(ERR_FULL, 503, "full", "there is no space left to store it")                  \
	X(ERR_IO, 503, "io", "the storage failed")                                      \
	X(ERR_READ_ONLY, 503, "read_only",                                              \
	  "this place is being moved: reading goes on, writing comes back in a moment") \
	X(ERR_INTERNAL, 500, "internal", "an internal error")

enum err {
#define ERR_X(name, status, label, text) name,
	ERR_TABLE(ERR_X)
#undef ERR_X
		ERR_COUNT,
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The text for people; static. */
const char *err_text(enum err e);
/* The value of the label `error` in metrics and logs; static, [a-z_]+. */
const char *err_label(enum err e);
/* The HTTP status that says it. */
int err_status(enum err e);

#endif
