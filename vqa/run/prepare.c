#include "vqa/run/prepare.h"

#include <unistd.h>

void
vqa_prepare_process (int argc, char **argv)
{
  /* The variable is its own guard: in the second life it is set. Threads that spin while they wait
   * would make every other process tens of times slower (asking while a model trains). */
  if (argc < 1 || g_getenv ("OMP_WAIT_POLICY") != NULL
      || !g_setenv ("OMP_WAIT_POLICY", "PASSIVE", FALSE))
    return;
  execv ("/proc/self/exe", argv);
  /* Without /proc the program runs all the same, only less politely. */
}
