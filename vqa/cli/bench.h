/* What the benchmarks share. */
#pragma once

#include "nets/nn.h"
#include "vqa/cli/cli.h"

G_BEGIN_DECLS

int bench_train (char **argv);
int bench_ask (char **argv);
int bench_scenes (char **argv);
int bench_history (char **argv);

/* How to compute, from --threads and --precision. */
typedef struct
{
  int threads;        /* 0: as many as OpenMP takes by itself */
  char *precision;    /* "f32", "bf16", "auto", or NULL */
  nn_precision value; /* set by bench_prepare(): never auto */
} bench_setup;

/* The two options; `setup` must live as long as the entries. */
#define BENCH_SETUP_ENTRIES(setup, otherwise)                                                      \
  { "threads",                                                                                     \
    't',                                                                                           \
    0,                                                                                             \
    G_OPTION_ARG_INT,                                                                              \
    &(setup).threads,                                                                              \
    "Threads that compute (default: one for each core)",                                           \
    "N" },                                                                                         \
  {                                                                                                \
    "precision", 'p', 0, G_OPTION_ARG_STRING, &(setup).precision,                                  \
        "f32, bf16 or auto, which is bf16 where the processor multiplies it (default: " otherwise  \
        ")",                                                                                       \
        "PRECISION"                                                                                \
  }

/* Checks both and sets the number of threads: before anything is compiled. otherwise: the precision
 * when none was asked for. -1 to go on, or the exit status. */
int bench_prepare (bench_setup *setup, const char *otherwise, const char *command);
const char *bench_precision_name (const bench_setup *setup);

/* The value that `share` of them do not exceed: 0.5 is the median. Sorts times (count). */
double bench_quantile (double *times, int count, double share);
double bench_now (void); /* seconds, from any moment on */
/* Uniform from -1 to 1, the same in every run. */
void bench_fill (float *values, size_t count);

G_END_DECLS
