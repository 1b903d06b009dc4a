#include "admin/history.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const int64_t history_bounds_us[HISTORY_BOUND_COUNT] = {
	100,   250,    500,    1000,   2500,	5000,	 10000,	  25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

enum rule { COUNT, SUM, MAX, MIN, LAST };

static const struct field {
	const char *name;
	enum rule rule;
	size_t count;
} fields[HISTORY_FIELD_COUNT] = {
#define HISTORY_X(id, name, rule, count) [HISTORY_##id] = {name, rule, count},
	HISTORY_FIELDS(HISTORY_X)
#undef HISTORY_X
};

static size_t offset_of(enum history_field field)
{
	size_t offset = 0;

	for (size_t i = 0; i < (size_t)field; i++)
		offset += fields[i].count;
	return offset;
}

int64_t *history_at(struct history_row *row, enum history_field field)
{
	return &row->numbers[offset_of(field)];
}

const int64_t *history_array(const struct history_row *row, enum history_field field)
{
	return &row->numbers[offset_of(field)];
}

int64_t history_get(const struct history_row *row, enum history_field field)
{
	return *history_array(row, field);
}

/* ---- adding up ------------------------------------------------------------------------------ */

struct history_row history_since(const struct history_row *before, const struct history_row *now)
{
	struct history_row row = *now;
	size_t at = 0;

	for (size_t f = 0; f < HISTORY_FIELD_COUNT; f++) {
		for (size_t i = 0; i < fields[f].count; i++, at++) {
			if (fields[f].rule == COUNT && now->numbers[at] >= before->numbers[at])
				row.numbers[at] -= before->numbers[at];
		}
	}
	return row;
}

static int64_t added(enum rule rule, int64_t sum, int64_t more)
{
	switch (rule) {
	case COUNT:
	case SUM:
		return sum + more;
	case MAX:
		return more > sum ? more : sum;
	case MIN:
		return sum == 0 || (more > 0 && more < sum) ? more : sum;
	case LAST:
		break;
	}
	return more ? more : sum;
}

void history_merge(struct history_row *sum, const struct history_row *more)
{
	size_t at = 0;

	for (size_t f = 0; f < HISTORY_FIELD_COUNT; f++) {
		for (size_t i = 0; i < fields[f].count; i++, at++)
			sum->numbers[at] = added(fields[f].rule, sum->numbers[at],
						 more->numbers[at]);
	}
}

void history_join(struct history_row *sum, const struct history_row *other)
{
	size_t at = 0;

	for (size_t f = 0; f < HISTORY_FIELD_COUNT; f++) {
		enum rule rule = fields[f].rule == LAST ? MAX : fields[f].rule;

		for (size_t i = 0; i < fields[f].count; i++, at++)
			sum->numbers[at] = added(rule, sum->numbers[at], other->numbers[at]);
	}
	/* Nodes run at the same time: a rate is by the clock, not by the sum of theirs. */
	*history_at(sum, HISTORY_WALL_MS) -= history_get(other, HISTORY_WALL_MS);
	if (history_get(sum, HISTORY_WALL_MS) < history_get(other, HISTORY_WALL_MS))
		*history_at(sum, HISTORY_WALL_MS) = history_get(other, HISTORY_WALL_MS);
}

/* ---- on paper ------------------------------------------------------------------------------- */

static bool is_zero(const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (numbers[i] != 0)
			return false;
	}
	return true;
}

void history_write(struct buf *out, const struct history_row *row)
{
	const int64_t *numbers = row->numbers;
	const char *separator = "{";

	for (size_t f = 0; f < HISTORY_FIELD_COUNT; numbers += fields[f].count, f++) {
		if (is_zero(numbers, fields[f].count))
			continue;
		buf_printf(out, "%s\"%s\":", separator, fields[f].name);
		for (size_t i = 0; i < fields[f].count; i++) {
			if (fields[f].count > 1)
				buf_add_char(out, i == 0 ? '[' : ',');
			buf_add_i64(out, numbers[i]);
		}
		if (fields[f].count > 1)
			buf_add_char(out, ']');
		separator = ",";
	}
	buf_add_c(out, *separator == '{' ? "{}" : "}");
}

static void skip_space(struct str *rest)
{
	while (rest->len && strchr(" \t\r\n", rest->ptr[0]))
		*rest = str_sub(*rest, 1, rest->len);
}

static bool take(struct str *rest, char c)
{
	skip_space(rest);
	if (!rest->len || rest->ptr[0] != c)
		return false;
	*rest = str_sub(*rest, 1, rest->len);
	return true;
}

static bool take_number(struct str *rest, int64_t *out)
{
	size_t len = 0;
	bool ok;

	skip_space(rest);
	while (len < rest->len && ((rest->ptr[len] >= '0' && rest->ptr[len] <= '9') ||
				   (len == 0 && rest->ptr[0] == '-')))
		len++;
	ok = str_to_i64(str_sub(*rest, 0, len), out);
	*rest = str_sub(*rest, len, rest->len);
	return ok;
}

static enum history_field field_named(struct str name)
{
	size_t f = 0;

	while (f < HISTORY_FIELD_COUNT && !str_eq(name, str_from_c(fields[f].name)))
		f++;
	return (enum history_field)f;
}

/* A number or an array of them; those that the field (HISTORY_FIELD_COUNT: none) has no room for
 * are read over. */
static bool take_value(struct str *rest, enum history_field field, struct history_row *out)
{
	size_t room = field < HISTORY_FIELD_COUNT ? fields[field].count : 0;
	int64_t *numbers = out->numbers + (room ? offset_of(field) : 0);
	bool array = take(rest, '[');

	for (size_t i = 0;; i++) {
		int64_t number;

		if (!take_number(rest, &number))
			return false;
		if (i < room)
			numbers[i] = number < 0 ? 0 : number;
		if (!array)
			return true;
		if (take(rest, ']'))
			return true;
		if (!take(rest, ','))
			return false;
	}
}

bool history_read(struct str json, struct history_row *out)
{
	*out = (struct history_row){0};
	if (!take(&json, '{'))
		return false;
	if (take(&json, '}'))
		return true;
	do {
		struct str name;

		if (!take(&json, '"') || !str_cut(&json, '"', &name) || !take(&json, ':') ||
		    !take_value(&json, field_named(name), out))
			return false;
	} while (take(&json, ','));
	return take(&json, '}');
}

/* ---- what it says --------------------------------------------------------------------------- */

int64_t history_requests(const struct history_row *row, enum history_field service)
{
	const int64_t *statuses = history_array(row, service);
	int64_t sum = 0;

	for (size_t i = 0; i < HISTORY_STATUS_COUNT; i++)
		sum += statuses[i];
	return sum;
}

double history_percentile_ms(const int64_t buckets[HISTORY_BUCKET_COUNT], double share)
{
	double below = 0, count = 0, wanted;

	for (size_t i = 0; i < HISTORY_BUCKET_COUNT; i++)
		count += (double)buckets[i];
	if (count == 0)
		return NAN;
	wanted = share * count;
	for (size_t i = 0; i < HISTORY_BOUND_COUNT; i++) {
		double low = i > 0 ? (double)history_bounds_us[i - 1] : 0;
		double high = (double)history_bounds_us[i], in = (double)buckets[i];

		if (in > 0 && below + in >= wanted)
			return (low + (high - low) * (wanted - below) / in) / 1000;
		below += in;
	}
	/* No more is known of it than that it is above all bounds. */
	return (double)history_bounds_us[HISTORY_BOUND_COUNT - 1] / 1000;
}

double history_mean(const struct history_row *row, enum history_field sum)
{
	int64_t samples = history_get(row, HISTORY_SAMPLES);

	return samples > 0 ? (double)history_get(row, sum) / (double)samples : NAN;
}

double history_rate(const struct history_row *row, int64_t count)
{
	int64_t wall_ms = history_get(row, HISTORY_WALL_MS);

	return wall_ms > 0 ? (double)count * 1000 / (double)wall_ms : NAN;
}

double history_cpu_percent(const struct history_row *row)
{
	int64_t cores = history_get(row, HISTORY_CORES);
	double load = history_rate(row, history_get(row, HISTORY_CPU_MS)) / 10;

	return cores > 0 ? load / (double)cores : load;
}

double history_uptime(int64_t minutes, int64_t first_s, int64_t from_s, int64_t until_s)
{
	int64_t begin_s = first_s > from_s ? first_s : from_s;
	/* The minute in which it was first seen counts whole, and the one that runs doesn't. */
	int64_t possible = until_s / 60 - begin_s / 60;

	if (begin_s >= until_s || possible <= 0)
		return NAN;
	return minutes >= possible ? 100 : 100 * (double)minutes / (double)possible;
}
