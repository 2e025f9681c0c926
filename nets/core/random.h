/* The one source of randomness: SplitMix64 (Steele et al. 2014), random bits from a counter. */
#pragma once

#include <stdint.h>

/* Scrambles a counter: neighbours give unrelated bits. */
static inline uint64_t
nn_scramble (uint64_t z)
{
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* What a counter is moved by. */
#define NN_RANDOM_STEP 0x9e3779b97f4a7c15u

/* Next 64 bits of a stream. */
static inline uint64_t
nn_random_next (uint64_t *state)
{
  return nn_scramble (*state += NN_RANDOM_STEP);
}
