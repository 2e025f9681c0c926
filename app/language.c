#include "app/language.h"

#include <glib/gi18n.h>
#include <locale.h>

#define DOMAIN "regard"

static char *
find_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;

  if (program && g_str_has_prefix (program, REGARD_BUILD_ROOT G_DIR_SEPARATOR_S))
    return g_strdup (REGARD_BUILD_ROOT "/assets/po");
  return folder ? g_build_filename (folder, "..", "share", "locale", NULL) : NULL;
}

void
regard_language_set (void)
{
  g_autofree char *folder = find_folder ();

  setlocale (LC_ALL, "");
  if (folder)
    bindtextdomain (DOMAIN, folder);
  bind_textdomain_codeset (DOMAIN, "UTF-8");
  textdomain (DOMAIN);
}
