/* The page that asks a folder and its tiles, in this process. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/folder-page.h"
#include "app/folder-tile.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

TestSuite (folder_widgets, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

static RegardCollected *
make (const char *answer, double probability, gboolean confident, const char *error)
{
  vqa_collected *p = g_new0 (vqa_collected, 1);

  p->place = g_strdup ("/p/a.jpg");
  p->title = g_strdup ("a.jpg");
  p->answer = g_strdup (answer);
  p->error = g_strdup (error);
  p->probability = probability;
  p->measure = probability;
  p->confident = confident;
  return regard_collected_new (p, NULL);
}

Test (folder_widgets, a_tile_tells_its_answer)
{
  g_autoptr (RegardCollected) sure = NULL, unsure = NULL, broken = NULL;
  g_autoptr (GdkTexture) red = NULL;
  RegardFolderTile *tile;
  guint8 rgb[3];

  stage_start_gtk ();
  sure = make ("yes", 0.75, TRUE, NULL);
  unsure = make ("cat", 0.25, FALSE, NULL);
  broken = make (NULL, 0, FALSE, "a.jpg is damaged");
  tile = REGARD_FOLDER_TILE (regard_folder_tile_new ());
  regard_folder_tile_set_item (tile, sure);
  stage_present (GTK_WIDGET (tile), 200, 240);
  cr_assert (stage_says (GTK_WIDGET (tile), "yes, 75.0 %"));
  cr_assert (stage_says (GTK_WIDGET (tile), "a.jpg"));
  red = stage_plain_texture (40, 30, 250, 0, 0);
  regard_collected_set_texture (sure, red);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (tile));
  stage_probe (GTK_WIDGET (tile), 70, 50, rgb);
  cr_assert (rgb[0] > 240 && rgb[1] < 10, "a picture that comes later is shown");
  regard_folder_tile_set_item (tile, unsure);
  cr_assert (stage_says (GTK_WIDGET (tile), "cat, 25.0 %, not sure"));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (tile));
  stage_probe (GTK_WIDGET (tile), 70, 50, rgb);
  cr_assert (rgb[0] < 240 || rgb[1] > 10, "the picture before is gone");
  regard_folder_tile_set_item (tile, broken);
  cr_assert (stage_says (GTK_WIDGET (tile), "a.jpg is damaged"));
}

typedef struct
{
  RegardEngine *engine;
  RegardFolderPage *page;
  char *folder;
  char *told; /* the last message */
  guint toasts;
} scene;

static void
told_cb (scene *s, int type, const char *message)
{
  g_free (s->told);
  s->told = g_strdup (message);
}

static void
toast_cb (scene *s)
{
  s->toasts++;
}

static void
begin (scene *s, guint pictures)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *sample = rig_sample ("cat.jpg"), *bytes = NULL;
  gsize length;

  stage_start_gtk ();
  s->folder = g_build_filename (rig_folder (), "many", NULL);
  cr_assert_eq (g_mkdir (s->folder, 0700), 0);
  cr_assert (g_file_get_contents (sample, &bytes, &length, NULL));
  for (guint i = 0; i < pictures; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.jpg", i);
      g_autofree char *at = g_build_filename (s->folder, name, NULL);
      cr_assert (g_file_set_contents (at, bytes, (gssize)length, NULL));
    }
  file = g_file_new_for_path (s->folder);
  s->engine = regard_engine_new ();
  s->page = g_object_new (REGARD_TYPE_FOLDER_PAGE, NULL);
  g_signal_connect_swapped (s->page, "tell", G_CALLBACK (told_cb), s);
  g_signal_connect_swapped (s->page, "toast", G_CALLBACK (toast_cb), s);
  regard_folder_page_set_engine (s->page, s->engine);
  regard_folder_page_set_folder (s->page, file);
  stage_present (GTK_WIDGET (s->page), 800, 600);
}

static void
wait_for (scene *s, const char *text)
{
  while (!stage_says (GTK_WIDGET (s->page), text) && !s->told)
    g_main_context_iteration (NULL, TRUE);
  cr_assert_null (s->told, "%s", s->told);
}

#define MANY 200
/* Lines of Markdown beside the pictures'. */
#define HEAD 8

/* How many of `all` pictures the page says were asked; G_MAXUINT: it says no such thing. */
static guint
asked_of (scene *s, guint all)
{
  for (guint i = 0; i <= all; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u of %u pictures", i, all);

      if (stage_says (GTK_WIDGET (s->page), text))
        return i;
    }
  return G_MAXUINT;
}

/* Stopped in the middle, what was asked stays and can be exported; the rest is never asked. */
Test (folder_widgets, stopped_work_is_kept)
{
  scene s = { 0 };
  g_autofree char *out = g_build_filename (rig_folder (), "out.md", NULL), *text = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (out);
  g_auto (GStrv) lines = NULL;
  guint n;

  begin (&s, MANY);
  regard_folder_page_set_question (s.page, "is there a cat?");
  regard_folder_page_ask (s.page);
  do
    g_main_context_iteration (NULL, TRUE);
  while (!s.told && (asked_of (&s, MANY) == G_MAXUINT || asked_of (&s, MANY) < 3));
  cr_assert_null (s.told, "%s", s.told);
  gtk_widget_activate_action (GTK_WIDGET (s.page), "folder.stop", NULL);
  wait_for (&s, "\u201cyes\u201d: ");
  regard_folder_page_export_to (s.page, file);
  while (s.toasts == 0 && !s.told)
    g_main_context_iteration (NULL, TRUE);
  cr_assert (g_file_get_contents (out, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  n = g_strv_length (lines);
  cr_assert (n >= HEAD + 3 && n < HEAD + MANY, "%u lines", n);
  regard_engine_stop (s.engine);
}

Test (folder_widgets, an_empty_question_is_refused)
{
  scene s = { 0 };

  begin (&s, 1);
  regard_folder_page_ask (s.page);
  cr_assert (s.told && strstr (s.told, "question"), "%s", s.told);
  regard_engine_stop (s.engine);
}
