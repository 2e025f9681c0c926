/* Our own loops are compiled for several instruction sets, and one is chosen when the program
 * starts: the best that the processor has, at most what the environment's NN_MAX_CPU_ISA names
 * (AVX512, AVX2 or BASE; oneDNN's own limit is ONEDNN_MAX_CPU_ISA). */
#pragma once

#include <glib.h>

typedef enum
{
  NN_ISA_BASE,
  NN_ISA_AVX2,   /* with FMA */
  NN_ISA_AVX512, /* F, BW, VL, DQ */
} nn_isa_level;

/* Set before main(); tests may lower it. */
extern nn_isa_level nn_isa;

/* Begins the definition of a static function without result, called NAME:
 *   NN_LOOP (scale, (const float *x, float *y, size_t n), (x, y, n))
 *   { ... }
 * Call it from an OpenMP loop, do not put one inside: gcc compiles the bodies of parallel regions
 * for the base instruction set only. */
#ifdef __x86_64__
#define NN_LOOP(name, parameters, arguments)                                                       \
  static inline __attribute__ ((always_inline)) void name##_body parameters;                       \
  __attribute__ ((                                                                                 \
      target ("avx512f,avx512bw,avx512vl,avx512dq,fma,prefer-vector-width=512"))) static void      \
      name##_avx512 parameters                                                                     \
  {                                                                                                \
    name##_body arguments;                                                                         \
  }                                                                                                \
  __attribute__ ((target ("avx2,fma"))) static void name##_avx2 parameters                         \
  {                                                                                                \
    name##_body arguments;                                                                         \
  }                                                                                                \
  static void name##_base parameters                                                               \
  {                                                                                                \
    name##_body arguments;                                                                         \
  }                                                                                                \
  static void name parameters                                                                      \
  {                                                                                                \
    if (nn_isa == NN_ISA_AVX512)                                                                   \
      name##_avx512 arguments;                                                                     \
    else if (nn_isa == NN_ISA_AVX2)                                                                \
      name##_avx2 arguments;                                                                       \
    else                                                                                           \
      name##_base arguments;                                                                       \
  }                                                                                                \
  static inline __attribute__ ((always_inline)) void name##_body parameters
#else
#define NN_LOOP(name, parameters, arguments) static void name parameters
#endif
