/*
 * body.h: reading the JSON object that a request brings. Text stays text: "007" and "0123" are what
 * was sent, and a number is no text.
 */
#ifndef KINGLET_API_BODY_H
#define KINGLET_API_BODY_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/str.h"

/* How deep arrays and objects may lie in one another, before anything is made of them. */
#define BODY_DEPTH_MAX 16

struct body_field {
	const char *name;
	struct str value; /* in the arena; .ptr is NULL where the field is missing or null */
};

/*
 * Fills in the values of `fields`. False where `text` is not JSON (RFC 8259, strictly: UTF-8
 * without a byte order mark, no name twice in one object, no NUL in a text, depth at most
 * BODY_DEPTH_MAX), not an object, or has something else than text in one of the fields; *problem
 * is then a sentence for people, static or in the arena. Other fields are ignored.
 */
bool body_read(struct arena *a, struct str text, struct body_field *fields, size_t count,
	       const char **problem);

#endif
