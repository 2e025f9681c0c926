#include "tests/vqa/toy.h"

#include "tests/vqa/draw.h"
#include "vqa/model/file.h"

#include <criterion/criterion.h>
#include <sys/wait.h>

static void
write_model (const char *path, const char *title, const char *last_answer, guint64 seed)
{
  static const char *const words[] = { "is", "there", "a", "cat" };
  const char *const answers[] = { "yes", "no", "1", "2", last_answer };
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_contents) c = vqa_contents_new ();
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    vqa_contents_add_word (c, words[i]);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    vqa_contents_add_answer (c, answers[i]);
  c->spec.words = G_N_ELEMENTS (words);
  c->spec.answers = G_N_ELEMENTS (answers);
  c->spec.side = 64;
  c->spec.embed = c->spec.hidden = c->spec.width = c->spec.joint = c->spec.blind = 16;
  c->spec.blocks = c->spec.heads = 2;
  c->spec.film = c->spec.attention = 1;
  c->spec.key = 4;
  c->title = g_strdup (title);
  c->description = g_strdup ("Random weights.");
  c->terms = g_strdup ("Free: \"0.10000000000000001\\");
  c->scores = g_strdup (
      "{\"accuracy\":12.5,\"blind\":52.4748,\"number\":40.0,\"loss\":1e-7,\"more\":-1e999}");

  vqa_graphs *g = vqa_graphs_new (&c->spec, seed, NULL, &error);
  cr_assert_not_null (g, "%s", error != NULL ? error->message : "");
  gboolean written = vqa_model_write (c, g, path, &error);
  cr_assert (written, "%s", error != NULL ? error->message : "");
  vqa_graphs_free (g);
}

char *
toy_folder (void)
{
  char *folder = draw_folder ();
  g_autofree char *models = g_build_filename (folder, "models", NULL);
  g_autofree char *model = g_build_filename (models, "toy.safetensors", NULL);
  cr_assert_eq (g_mkdir_with_parents (models, 0700), 0);
  write_model (model, "Toy", "red", 1);

  g_autofree guint8 *scene = draw_scene (60, 40);
  g_autoptr (GBytes) png = draw_png (scene, 60, 40, 3);
  g_free (draw_save (folder, "photo.png", png));
  return folder;
}

void
toy_add_model (const char *folder, const char *name, const char *title)
{
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
  g_autofree char *path = g_build_filename (folder, "models", file, NULL);

  write_model (path, title, "maybe", 2);
}

void
toy_remove (char *folder)
{
  draw_remove (folder);
  g_free (folder);
}

/* The environment of a run: nothing of the person's, and one thread, as tests run side by side. */
static char **
environment_for (const char *folder)
{
  g_autofree char *models = g_build_filename (folder, "models", NULL);
  g_autofree char *data = g_build_filename (folder, "data", NULL);
  char **environment = g_get_environ ();
  environment = g_environ_setenv (environment, "REGARD_MODELS", models, TRUE);
  environment = g_environ_setenv (environment, "XDG_DATA_HOME", data, TRUE);
  environment = g_environ_setenv (environment, "OMP_NUM_THREADS", "1", TRUE);
  return g_environ_unsetenv (environment, "OMP_WAIT_POLICY");
}

toy_run
toy_cli (const char *folder, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_auto (GStrv) environment = environment_for (folder);
  g_autoptr (GError) error = NULL;
  toy_run r = { -1, NULL, NULL };
  int wait_status = 0;

  g_ptr_array_add (arguments, (char *)REGARD_CLI);
  va_list rest;
  va_start (rest, folder);
  for (char *argument = va_arg (rest, char *); argument != NULL; argument = va_arg (rest, char *))
    g_ptr_array_add (arguments, argument);
  va_end (rest);
  g_ptr_array_add (arguments, NULL);
  gboolean ran = g_spawn_sync (folder, (char **)arguments->pdata, environment, G_SPAWN_DEFAULT,
                               NULL, NULL, &r.out, &r.err, &wait_status, &error);
  cr_assert (ran, "%s", error != NULL ? error->message : "");
  if (WIFEXITED (wait_status))
    r.status = WEXITSTATUS (wait_status);
  return r;
}

void
toy_run_clear (toy_run *r)
{
  g_free (r->out);
  g_free (r->err);
}

GPid
toy_start (const char *folder, char **environment, const char *const *arguments)
{
  g_auto (GStrv) full = environment_for (folder);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GPid process = 0;
  for (char **setting = environment; setting != NULL && *setting != NULL; setting++)
    {
      g_auto (GStrv) parts = g_strsplit (*setting, "=", 2);
      full = g_environ_setenv (full, parts[0], parts[1], TRUE);
    }
  g_ptr_array_add (argv, (char *)REGARD_CLI);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (char *)*arguments);
  g_ptr_array_add (argv, NULL);
  gboolean started = g_spawn_async (folder, (char **)argv->pdata, full,
                                    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                                        | G_SPAWN_STDERR_TO_DEV_NULL,
                                    NULL, NULL, &process, &error);
  cr_assert (started, "%s", error != NULL ? error->message : "");
  return process;
}
