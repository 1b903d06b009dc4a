#include "store/budget.h"

#include <stdbool.h>

static _Thread_local bool counting;
static _Thread_local int64_t spent_us;

void budget_begin(void)
{
	counting = true;
	spent_us = 0;
}

void budget_end(void)
{
	counting = false;
	spent_us = 0;
}

void budget_spend(int64_t us)
{
	if (counting)
		spent_us += us;
}

int64_t budget_spent_us(void)
{
	return spent_us;
}
