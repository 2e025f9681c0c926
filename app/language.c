#include "app/language.h"

#include "app/program.h"

#include <glib/gi18n.h>
#include <locale.h>

#define DOMAIN "regard"

void
regard_language_set (void)
{
  g_autofree char *folder = regard_program_folder ("assets/po", "share/locale");

  setlocale (LC_ALL, "");
  if (folder)
    bindtextdomain (DOMAIN, folder);
  bind_textdomain_codeset (DOMAIN, "UTF-8");
  textdomain (DOMAIN);
}
