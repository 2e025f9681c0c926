#include "tests/fuzz/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t
mutate_random (uint64_t *state)
{
  uint64_t z = *state += 0x9E3779B97F4A7C15u;

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void
insert (GByteArray *a, guint at, const guint8 *bytes, guint length)
{
  guint after = a->len - at;

  g_byte_array_set_size (a, a->len + length);
  memmove (a->data + at + length, a->data + at, after);
  memcpy (a->data + at, bytes, length);
}

static void
mutate_once (uint64_t *state, GByteArray *a, const char *const *words, guint n_words)
{
  uint64_t r = mutate_random (state);
  guint at = (guint)(mutate_random (state) % a->len);
  guint length = 1 + (guint)(mutate_random (state) % 16);
  const char *word = words[mutate_random (state) % n_words];

  length = MIN (length, a->len - at);
  switch (r % 8)
    {
    case 0:
      a->data[at] ^= (guint8)(1u << (r >> 8) % 8);
      break;
    case 1:
      a->data[at] = (guint8)(r >> 8);
      break;
    case 2:
      g_byte_array_remove_range (a, at, length);
      break;
    case 3:
      {
        guint8 again[16];
        memcpy (again, a->data + at, length);
        insert (a, (guint)(mutate_random (state) % a->len), again, length);
        break;
      }
    case 4:
      g_byte_array_set_size (a, at);
      break;
    case 5:
    case 6:
      insert (a, at, (const guint8 *)word, (guint)strlen (word));
      break;
    default:
      g_byte_array_remove_range (a, at, length);
      insert (a, at, (const guint8 *)word, (guint)strlen (word));
    }
}

GByteArray *
mutate (uint64_t *state, const guint8 *bytes, gsize length, const char *const *words, guint n_words)
{
  GByteArray *a = g_byte_array_new ();
  guint times = 1 + (guint)(mutate_random (state) % 4);

  g_byte_array_append (a, bytes, (guint)length);
  for (guint i = 0; i < times && a->len > 0; i++)
    mutate_once (state, a, words, n_words);
  return a;
}

mutation
mutation_start (uint64_t seed, guint count)
{
  const char *seconds = g_getenv ("REGARD_FUZZ_SECONDS"), *given = g_getenv ("REGARD_FUZZ_SEED");
  mutation m = { .state = seed, .count = count };

  if (seconds == NULL || atof (seconds) <= 0)
    return m;
  m.state = given != NULL ? strtoull (given, NULL, 10) : (uint64_t)g_get_real_time ();
  m.end = g_get_monotonic_time () + (gint64)(atof (seconds) * G_USEC_PER_SEC);
  fprintf (stderr, "REGARD_FUZZ_SEED=%" G_GUINT64_FORMAT "\n", m.state);
  return m;
}

gboolean
mutation_next (mutation *m)
{
  gboolean more = m->end != 0 ? g_get_monotonic_time () < m->end : m->cases < m->count;

  if (more)
    m->cases++;
  else if (m->end != 0)
    fprintf (stderr, "%u cases\n", m->cases);
  return more;
}
