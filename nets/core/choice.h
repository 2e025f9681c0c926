/* Remembers which of several ways to compute the same thing was fastest on this computer, in the
 * text file that nn_set_cache() names. Without a file nothing is remembered, and callers take their
 * fixed choice: a result must not depend on a measurement that the next run may not repeat. */
#pragma once

#include "nets/nn.h"

/* Longest description of what is chosen, in bytes. */
#define NN_CHOICE_KEY 400

/* TRUE when choices are remembered; callers may measure then. */
gboolean nn_choice_active (void);
/* The choice for this key (text without line breaks), or -1. */
int nn_choice_find (const char *key);
/* Remembers it. Returns what holds from now on: another program may have been first; -1 when the
 * file cannot be written. */
int nn_choice_keep (const char *key, int choice);
/* Processor model and instruction sets of our own loops, as text for keys; static. */
const char *nn_choice_processor (void);
