#include "vqa/data/random.h"

#include "nets/core/random.h"

vqa_random
vqa_random_new (uint64_t seed, uint64_t a, uint64_t b)
{
  vqa_random r = { (seed * NN_RANDOM_STEP + a) * 0xd1342543de82ef95u + b };
  vqa_random_unit (&r);
  return r;
}

uint32_t
vqa_random_below (vqa_random *r, uint32_t n)
{
  return (uint32_t)(((nn_random_next (&r->state) >> 32) * n) >> 32);
}

double
vqa_random_unit (vqa_random *r)
{
  return (double)(nn_random_next (&r->state) >> 11) / 9007199254740992.0;
}

void
vqa_random_shuffle (vqa_random *r, guint *list, guint n)
{
  for (guint i = n; i > 1; i--)
    {
      guint k = vqa_random_below (r, i), kept = list[i - 1];
      list[i - 1] = list[k];
      list[k] = kept;
    }
}
