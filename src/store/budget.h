/*
 * budget.h: what all operations of one request may wait for a database together. A page asks
 * several things one after another; where each of them could wait for the whole of `timeout_ms`, a
 * slow database would make people wait for the sum. What the request does besides, such as hashing
 * a password, isn't counted.
 *
 * A thread handles one request at a time, so the count is the thread's. Outside of requests
 * (commands, threads of the store's own) each operation has the whole time.
 */
#ifndef KINGLET_STORE_BUDGET_H
#define KINGLET_STORE_BUDGET_H

#include <stdint.h>

/* Around the handling of a request, on its thread. */
void budget_begin(void);
void budget_end(void);

/* For engines: this thread has waited so long for the database. */
void budget_spend(int64_t us);
/* Since budget_begin(); 0 outside of requests. */
int64_t budget_spent_us(void);

#endif
