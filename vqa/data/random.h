/* A stream of random numbers from a key: the same on every machine. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  uint64_t state;
} vqa_random;

vqa_random vqa_random_new (uint64_t seed, uint64_t a, uint64_t b);
uint32_t vqa_random_below (vqa_random *r, uint32_t n); /* 0 to n-1 */
double vqa_random_unit (vqa_random *r);                /* 0 <= x < 1 */
/* Puts the list (n) into random order (Fisher & Yates). */
void vqa_random_shuffle (vqa_random *r, guint *list, guint n);
