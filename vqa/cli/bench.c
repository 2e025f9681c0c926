/* regard-cli bench: how fast this computer trains and answers. */
#include "vqa/cli/bench.h"

#include "nets/core/random.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define MOST_THREADS 1024

int
bench_prepare (bench_setup *setup, const char *otherwise, const char *command)
{
  const char *name = setup->precision != NULL ? setup->precision : otherwise;

  if (setup->threads < 0 || setup->threads > MOST_THREADS)
    return cli_usage (command, "--threads needs a number from 1 to %d", MOST_THREADS);
  if (strcmp (name, "f32") != 0 && strcmp (name, "bf16") != 0 && strcmp (name, "auto") != 0)
    return cli_usage (command, "--precision is f32, bf16 or auto, not “%s”", name);
  setup->value = strcmp (name, "bf16") == 0 || (strcmp (name, "auto") == 0 && nn_has_bf16 ())
                     ? NN_PRECISION_BF16
                     : NN_PRECISION_F32;
  if (setup->threads > 0)
    omp_set_num_threads (setup->threads);
  setup->threads = omp_get_max_threads ();
  return -1;
}

const char *
bench_precision_name (const bench_setup *setup)
{
  return setup->value == NN_PRECISION_BF16 ? "bf16" : "f32";
}

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

double
bench_quantile (double *times, int count, double share)
{
  double place = share * (count - 1);
  int below = (int)place;

  qsort (times, (size_t)count, sizeof *times, ascending);
  if (below + 1 >= count)
    return times[count - 1];
  return times[below] + (place - below) * (times[below + 1] - times[below]);
}

double
bench_now (void)
{
  return (double)g_get_monotonic_time () / G_USEC_PER_SEC;
}

void
bench_fill (float *values, size_t count)
{
  uint64_t state = 1;
  for (size_t i = 0; i < count; i++)
    values[i] = (float)(nn_random_next (&state) >> 40) / (float)(1 << 23) - 1;
}

static const struct
{
  const char *name, *as, *summary;
  int (*run) (char **argv);
} benches[] = {
  { "train", "bench train", "steps of training of a network of the zoo, on random pictures",
    bench_train },
  { "ask", "bench ask", "answers about a photograph, and a second question about it", bench_ask },
  { "scenes", "bench scenes", "generated pictures and questions about them", bench_scenes },
  { "history", "bench history", "searching a history of 100,000 questions", bench_history },
};

static int
print_help (void)
{
  g_print (
      "Usage: regard-cli bench NAME [OPTIONS]\n\nMeasures how fast this computer computes.\n\n");
  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    g_print ("  %-8s %s\n", benches[i].name, benches[i].summary);
  g_print ("\nregard-cli bench NAME --help tells more.\n");
  return cli_finish ();
}

int
cli_bench (char **argv)
{
  const char *what = argv[1];

  if (what == NULL)
    return cli_usage (argv[0], "what shall be measured, train, ask, scenes or history?");
  if (strcmp (what, "--help") == 0 || strcmp (what, "-h") == 0)
    return print_help ();
  for (guint i = 0; i < G_N_ELEMENTS (benches); i++)
    if (strcmp (what, benches[i].name) == 0)
      {
        argv[1] = (char *)benches[i].as;
        return benches[i].run (argv + 1);
      }
  g_autofree char *shown = g_filename_display_name (what);
  return cli_usage (argv[0], "there is “train”, “ask”, “scenes” and “history”, not “%s”", shown);
}
