/* regard: the window. */
#include "app/application.h"
#include "app/language.h"
#include "app/stalls.h"

#include "vqa/run/prepare.h"

int
main (int argc, char **argv)
{
  g_autoptr (RegardApplication) application = NULL;

  vqa_prepare_process (argc, argv);
  regard_language_set ();
  g_set_application_name ("Regard");
  gtk_window_set_default_icon_name ("org.regard.Regard");
  application = regard_application_new ();
  regard_stalls_watch ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
