#include "store/postgres/pg_value.h"

#include <endian.h>
#include <string.h>
#include "base/log.h"

#define OID_BIGINT 20

static void add(struct pg_args *args, const void *value, size_t len)
{
	if (args->count == PG_ARGS_MAX)
		die("too many parameters for a statement");
	args->values[args->count] = value;
	args->lengths[args->count] = (int)len;
	args->count++;
}

static void put_i32(unsigned char *at, int32_t value)
{
	uint32_t big = htobe32((uint32_t)value);

	memcpy(at, &big, sizeof(big));
}

static void put_i64(unsigned char *at, int64_t value)
{
	uint64_t big = htobe64((uint64_t)value);

	memcpy(at, &big, sizeof(big));
}

void pg_arg_i64(struct pg_args *args, int64_t value)
{
	unsigned char *at = args->numbers[args->count % PG_ARGS_MAX];

	put_i64(at, value);
	add(args, at, 8);
}

void pg_arg_bool(struct pg_args *args, bool value)
{
	unsigned char *at = args->numbers[args->count % PG_ARGS_MAX];

	at[0] = value;
	add(args, at, 1);
}

void pg_arg_str(struct pg_args *args, struct str text)
{
	add(args, text.len ? text.ptr : "", text.len);
}

void pg_arg_bytes(struct pg_args *args, const void *data, size_t len)
{
	add(args, len ? data : "", len);
}

/* array_recv(): dimensions, has nulls, element type; length and lower bound; each with its length.
 */
enum err pg_arg_ids(struct pg_args *args, const int64_t *ids, size_t count, struct arena *a)
{
	enum { HEAD = 20, EACH = 12 };
	unsigned char *out = arena_array(a, HEAD + EACH * count, 1);

	if (!out)
		return ERR_TOO_LARGE;
	put_i32(out, 1);
	put_i32(out + 4, 0);
	put_i32(out + 8, OID_BIGINT);
	put_i32(out + 12, (int32_t)count);
	put_i32(out + 16, 1);
	for (size_t i = 0; i < count; i++) {
		put_i32(out + HEAD + EACH * i, 8);
		put_i64(out + HEAD + EACH * i + 4, ids[i]);
	}
	add(args, out, HEAD + EACH * count);
	return ERR_OK;
}

int64_t pg_i64(const PGresult *r, int row, int column)
{
	uint64_t big;

	if (PQgetlength(r, row, column) != sizeof(big))
		return 0;
	memcpy(&big, PQgetvalue(r, row, column), sizeof(big));
	return (int64_t)be64toh(big);
}

bool pg_bool(const PGresult *r, int row, int column)
{
	return PQgetlength(r, row, column) == 1 && PQgetvalue(r, row, column)[0] != 0;
}

static struct str borrowed(const PGresult *r, int row, int column)
{
	return str_from(PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}

struct str pg_str(const PGresult *r, int row, int column, struct arena *a)
{
	return arena_str(a, borrowed(r, row, column));
}

enum err pg_ids(const PGresult *r, int row, int column, struct arena *a, int64_t **ids,
		size_t *count)
{
	enum { HEAD = 20, EACH = 12 };
	size_t len = (size_t)PQgetlength(r, row, column);
	const char *in = PQgetvalue(r, row, column);
	size_t n = len > HEAD ? (len - HEAD) / EACH : 0; /* none of them is NULL */
	int64_t *out = arena_array(a, n, sizeof(*out));

	if (!out)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < n; i++) {
		uint64_t big;

		memcpy(&big, in + HEAD + EACH * i + 4, sizeof(big));
		out[i] = (int64_t)be64toh(big);
	}
	*ids = out;
	*count = n;
	return ERR_OK;
}

enum err pg_row_user(const PGresult *r, int row, int first, struct arena *a, struct user *out)
{
	struct user user = {
		.id = pg_i64(r, row, first),
		.name = pg_str(r, row, first + 1, a),
		.email = pg_str(r, row, first + 2, a),
		.pw_hash = pg_str(r, row, first + 3, a),
		.role = (enum user_role)pg_i64(r, row, first + 4),
		.created_ms = pg_i64(r, row, first + 5),
		.post_count = pg_i64(r, row, first + 6),
		.follower_count = pg_i64(r, row, first + 7),
		.following_count = pg_i64(r, row, first + 8),
		.language = pg_str(r, row, first + 9, a),
		.state = (enum user_state)pg_i64(r, row, first + 10),
		.warning_id = pg_i64(r, row, first + 11),
		.display = pg_str(r, row, first + 12, a),
		.selective = pg_i64(r, row, first + 13) != 0,
		.avatar = pg_i64(r, row, first + 14),
	};

	if (!user.name.ptr || !user.email.ptr || !user.pw_hash.ptr || !user.display.ptr)
		return ERR_TOO_LARGE;
	*out = user;
	return ERR_OK;
}

enum err pg_row_post(const PGresult *r, int row, int first, struct arena *a, struct post *out)
{
	struct post post = {
		.id = pg_i64(r, row, first),
		.author_id = pg_i64(r, row, first + 1),
		.author_name = pg_str(r, row, first + 2, a),
		.text = pg_str(r, row, first + 3, a),
		.created_ms = pg_i64(r, row, first + 4),
		.flagged = pg_bool(r, row, first + 5),
		.warning = pg_str(r, row, first + 6, a),
		.reply_to = pg_i64(r, row, first + 7),
		.author_display = pg_str(r, row, first + 9, a),
		.author_avatar = pg_i64(r, row, first + 10),
	};

	if (post.reply_to)
		post.reply_to_name = pg_str(r, row, first + 8, a);
	if (!post.author_name.ptr || !post.text.ptr || !post.warning.ptr ||
	    !post.author_display.ptr || (post.reply_to && !post.reply_to_name.ptr))
		return ERR_TOO_LARGE;
	*out = post;
	return ERR_OK;
}

enum err pg_row_session(const PGresult *r, int row, int first, struct arena *a, struct session *out)
{
	struct str hash = borrowed(r, row, first);
	struct session session = {
		.user_id = pg_i64(r, row, first + 1),
		.created_ms = pg_i64(r, row, first + 2),
		.seen_ms = pg_i64(r, row, first + 3),
		.expires_ms = pg_i64(r, row, first + 4),
		.user_agent = pg_str(r, row, first + 5, a),
	};

	if (!session.user_agent.ptr)
		return ERR_TOO_LARGE;
	if (hash.len != SESSION_HASH_BYTES)
		return ERR_INTERNAL;
	memcpy(session.hash, hash.ptr, SESSION_HASH_BYTES);
	*out = session;
	return ERR_OK;
}
