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
