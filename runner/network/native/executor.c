/* The steps of training as NumPy's own loops, called one after the other without Python between them.

   A table of calls is made in Python (table.py); each names a loop of NumPy's and the memory that it works on. Nothing
   is computed here: every number comes from the loop that NumPy would have called, in the same order. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OPERANDS 3
#define OUTER 3

/* The signature of NumPy's loops (PyArrayMethod_StridedLoop). Loops with core dimensions move the pointers in `data`. */
typedef int loop(void *context, char *const *data, const intptr_t *dimensions, const intptr_t *strides, void *auxiliary);

struct call {
    loop *run;
    void *context;
    void *auxiliary;
    int64_t outer;                             /* how many dimensions are gone through around the loop */
    int64_t shape[OUTER];                      /* their lengths, the last one fastest */
    intptr_t outer_strides[OUTER][OPERANDS];
    intptr_t dimensions[4];                    /* what the loop is given: its count, then core dimensions */
    intptr_t strides[3 * OPERANDS];            /* its strides, then those of core dimensions */
    char *data[OPERANDS];
    intptr_t advance[OPERANDS];                /* by how many bytes a step later than the first reads elsewhere */
};

struct table {
    const struct call *gradient, *update;
    int64_t gradients, updates;
    const char *scalars;                       /* the row that a step leaves: the loss, then squared norms */
    int64_t count, checked;                    /* how many there are; how many of the first are to be finite */
    int64_t single;                            /* whether they are of single precision */
    double *rows;                              /* (steps, count): where each step leaves its row */
};

static void carry_out(const struct call *call, int64_t step)
{
    char *data[OPERANDS], *start[OPERANDS];
    int64_t index[OUTER] = {0};

    for (int i = 0; i < OPERANDS; i++)
        start[i] = call->data[i] + step * call->advance[i];
    for (;;) {
        memcpy(data, start, sizeof data);
        call->run(call->context, data, call->dimensions, call->strides, call->auxiliary);
        int64_t axis = call->outer - 1;
        for (; axis >= 0; axis--) {
            const intptr_t *strides = call->outer_strides[axis];
            if (++index[axis] < call->shape[axis]) {
                for (int i = 0; i < OPERANDS; i++)
                    start[i] += strides[i];
                break;
            }
            for (int i = 0; i < OPERANDS; i++)
                start[i] -= (call->shape[axis] - 1) * strides[i];
            index[axis] = 0;
        }
        if (axis < 0)
            return;
    }
}

static double scalar(const struct table *table, int64_t k)
{
    return table->single ? (double)((const float *)table->scalars)[k] : ((const double *)table->scalars)[k];
}

/* Take the steps `first` to `end`; returns `end`, or the step whose checked scalars are not all finite. Of that step
   the gradient is there, and neither the update is made nor the row written: what follows is for Python to decide. */
int64_t take_steps(const struct table *table, int64_t first, int64_t end)
{
    for (int64_t step = first; step < end; step++) {
        double total = 0.0, *row = table->rows + step * table->count;
        for (int64_t k = 0; k < table->gradients; k++)
            carry_out(&table->gradient[k], step);
        for (int64_t k = 0; k < table->checked; k++)
            total += scalar(table, k);
        if (total - total != 0.0)
            return step;
        for (int64_t k = 0; k < table->updates; k++)
            carry_out(&table->update[k], step);
        for (int64_t k = 0; k < table->count; k++)
            row[k] = scalar(table, k);
    }
    return end;
}

/* Loops of our own, which move numbers and compute none. */

/* out[i] = source[index[i]]; `context` is the size of an entry in bytes. */
int gather(void *context, char *const *data, const intptr_t *dimensions, const intptr_t *strides, void *auxiliary)
{
    size_t size = (size_t)context;
    (void)auxiliary;
    for (intptr_t i = 0; i < dimensions[0]; i++) {
        intptr_t from = *(const intptr_t *)(data[1] + i * strides[1]);
        memcpy(data[2] + i * strides[2], data[0] + from * strides[0], size);
    }
    return 0;
}

/* out[i] = 1 where in[i], else 0; `context` is the size of an entry of the result in bytes, 4 or 8. */
int numbers_of_truths(void *context, char *const *data, const intptr_t *dimensions, const intptr_t *strides,
                      void *auxiliary)
{
    (void)auxiliary;
    for (intptr_t i = 0; i < dimensions[0]; i++) {
        char truth = data[0][i * strides[0]], *out = data[1] + i * strides[1];
        if ((size_t)context == sizeof(float))
            *(float *)out = truth ? 1.0f : 0.0f;
        else
            *(double *)out = truth ? 1.0 : 0.0;
    }
    return 0;
}

/* Which source this is: table.py must have the same layout. */
const char *const digest = DIGEST;
