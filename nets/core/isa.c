#include "nets/core/isa.h"

#include <stdlib.h>

nn_isa_level nn_isa;

#ifdef __x86_64__
__attribute__ ((constructor)) static void
choose (void)
{
  const char *limit = getenv ("NN_MAX_CPU_ISA");

  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    nn_isa = NN_ISA_AVX2;
  if (nn_isa == NN_ISA_AVX2 && __builtin_cpu_supports ("avx512f")
      && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl")
      && __builtin_cpu_supports ("avx512dq"))
    nn_isa = NN_ISA_AVX512;
  if (g_strcmp0 (limit, "AVX2") == 0)
    nn_isa = MIN (nn_isa, NN_ISA_AVX2);
  else if (g_strcmp0 (limit, "BASE") == 0)
    nn_isa = NN_ISA_BASE;
}
#endif
