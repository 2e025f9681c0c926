/* Seeded mutation of bytes, for tests that feed a reader with damaged input. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea & Flood 2014): the same seed gives the same numbers everywhere. */
uint64_t mutate_random (uint64_t *state);

/* A damaged copy of bytes (length): one to four bit flips, overwrites, removals, repetitions, cuts,
 * or insertions of one of the words. The caller owns the result. */
GByteArray *mutate (uint64_t *state, const guint8 *bytes, gsize length, const char *const *words,
                    guint n_words);

/* A series of cases: `count` of them from one seed, the same every time; or, when
 * $REGARD_FUZZ_SECONDS says how long, as many as that time allows from a seed that is printed and
 * can be given again as $REGARD_FUZZ_SEED.
 *   for (mutation m = mutation_start (7, 20000); mutation_next (&m);) { ... &m.state ... } */
typedef struct
{
  uint64_t state;
  guint cases; /* begun so far */
  guint count;
  gint64 end; /* 0: after `count` cases */
} mutation;
mutation mutation_start (uint64_t seed, guint count);
gboolean mutation_next (mutation *m);
