#include "vqa/run/stop.h"

#include "vqa/data/data.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void
on_signal (int number)
{
  asked = 1;
}

void
vqa_stop_listen (void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND };
  asked = 0;
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

gboolean
vqa_stop_asked (GError **error, const char *message, ...)
{
  va_list arguments;

  if (!asked)
    return FALSE;
  va_start (arguments, message);
  if (error != NULL)
    *error = g_error_new_valist (VQA_ERROR, VQA_ERROR_STOPPED, message, arguments);
  va_end (arguments);
  return TRUE;
}
