#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"

static void reserve(struct tally_row *row, size_t count)
{
	if (row->cap >= count)
		return;
	row->cap = count > row->cap * 2 ? count : row->cap * 2;
	row->latencies_us = reallocarray(row->latencies_us, row->cap, sizeof(uint32_t));
	if (!row->latencies_us)
		die("no memory for latencies");
}

void tally_add(struct tally *t, enum action_kind kind, enum outcome outcome,
	       const struct answer *answer, bool accepted, int64_t latency_us)
{
	struct tally_row *row = &t->rows[kind];

	reserve(row, row->count + 1);
	row->latencies_us[row->count++] = latency_us < UINT32_MAX ? (uint32_t)latency_us
								  : UINT32_MAX;
	row->outcomes[outcome]++;
	if (outcome != OUTCOME_ANSWERED)
		return;
	if (!accepted)
		row->statuses[answer->status < TALLY_STATUS_MAX ? answer->status : 0]++;
	else if (answer->status == 204 && answer->body.len)
		row->wrong_bodies++;
}

void tally_merge(struct tally *to, struct tally *from)
{
	for (int kind = 0; kind < ACTION_COUNT; kind++) {
		struct tally_row *a = &to->rows[kind], *b = &from->rows[kind];

		reserve(a, a->count + b->count);
		for (size_t i = 0; i < b->count; i++)
			a->latencies_us[a->count++] = b->latencies_us[i];
		for (int i = 0; i < OUTCOME_COUNT; i++)
			a->outcomes[i] += b->outcomes[i];
		for (int i = 0; i < TALLY_STATUS_MAX; i++)
			a->statuses[i] += b->statuses[i];
		a->wrong_bodies += b->wrong_bodies;
	}
	tally_release(from);
}

static size_t row_errors(const struct tally_row *row)
{
	size_t errors = row->wrong_bodies;

	for (int i = OUTCOME_ANSWERED + 1; i < OUTCOME_COUNT; i++)
		errors += row->outcomes[i];
	for (int i = 0; i < TALLY_STATUS_MAX; i++)
		errors += row->statuses[i];
	return errors;
}

size_t tally_errors(const struct tally *t)
{
	size_t errors = 0;

	for (int kind = 0; kind < ACTION_COUNT; kind++)
		errors += row_errors(&t->rows[kind]);
	return errors;
}

static int latency_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The smallest latency that at least `share` of all do not exceed. */
static double quantile_ms(const struct tally_row *row, double share)
{
	size_t rank = (size_t)(share * (double)row->count);

	if ((double)rank < share * (double)row->count)
		rank++;
	return (double)row->latencies_us[rank ? rank - 1 : 0] / 1000.0;
}

static void print_errors(const struct tally_row *row, const char *name)
{
	for (int i = OUTCOME_ANSWERED + 1; i < OUTCOME_COUNT; i++)
		if (row->outcomes[i])
			printf("error: %s, %s: %zu\n", name, outcome_text((enum outcome)i),
			       row->outcomes[i]);
	for (int i = 0; i < TALLY_STATUS_MAX; i++)
		if (row->statuses[i])
			printf("error: %s, status %d: %zu\n", name, i, row->statuses[i]);
	if (row->wrong_bodies)
		printf("error: %s, a body where none belongs: %zu\n", name, row->wrong_bodies);
}

void tally_print(struct tally *t, int64_t elapsed_us)
{
	size_t total = 0;

	printf("%-9s %8s %7s %8s %8s %8s %8s %8s\n", "action", "count", "errors", "p50 ms", "p90",
	       "p99", "p99.9", "max");
	for (int kind = 0; kind < ACTION_COUNT; kind++) {
		struct tally_row *row = &t->rows[kind];

		total += row->count;
		if (!row->count)
			continue;
		qsort(row->latencies_us, row->count, sizeof(uint32_t), latency_compare);
		printf("%-9s %8zu %7zu %8.2f %8.2f %8.2f %8.2f %8.2f\n", action_names[kind],
		       row->count, row_errors(row), quantile_ms(row, 0.5), quantile_ms(row, 0.9),
		       quantile_ms(row, 0.99), quantile_ms(row, 0.999), quantile_ms(row, 1));
	}
	for (int kind = 0; kind < ACTION_COUNT; kind++)
		print_errors(&t->rows[kind], action_names[kind]);
	printf("%zu requests in %.2f s (%.0f a second), %zu errors\n", total,
	       (double)elapsed_us / 1e6,
	       (double)total * 1e6 / (double)(elapsed_us ? elapsed_us : 1), tally_errors(t));
}

void tally_release(struct tally *t)
{
	for (int kind = 0; kind < ACTION_COUNT; kind++)
		free(t->rows[kind].latencies_us);
	*t = (struct tally){0};
}
