#include "app/program.h"

char *
regard_program_folder (const char *built, const char *installed)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;

  if (!program)
    return NULL;
  if (g_str_has_prefix (program, REGARD_BUILD_ROOT G_DIR_SEPARATOR_S))
    return g_build_filename (REGARD_BUILD_ROOT, built, NULL);
  return g_build_filename (folder, "..", installed, NULL);
}
