#include "app/application.h"

#include "app/preferences-window.h"
#include "app/stalls.h"
#include "app/window.h"
#include "nets/nn.h"
#include "vqa/store/store.h"

#include <glib/gi18n.h>
#include <sqlite3.h>

struct _RegardApplication
{
  AdwApplication parent_instance;

  /* Owned references */
  RegardEngine *engine;
};

G_DEFINE_FINAL_TYPE (RegardApplication, regard_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and end"), NULL },
  { "private", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Keep nothing of what is opened and asked"),
    NULL },
  { NULL },
};

static RegardWindow *
ensure_window (RegardApplication *self)
{
  RegardWindow *window;

  /* Its dialogs are among them. */
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    if (REGARD_IS_WINDOW (l->data))
      return l->data;
  window = regard_window_new (ADW_APPLICATION (self), self->engine);
  regard_stalls_await (GTK_WIDGET (window));
  return window;
}

static void
regard_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (ensure_window (REGARD_APPLICATION (application))));
}

static void
regard_application_open (GApplication *application, GFile **files, int n, const char *hint)
{
  RegardWindow *window = ensure_window (REGARD_APPLICATION (application));

  if (n > 0)
    regard_window_open_files (window, files, (guint)n);
  gtk_window_present (GTK_WINDOW (window));
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_application_quit (data);
}

/* What decides how fast it is, and by which code. */
static void
append_processor (GString *text)
{
  g_autofree char *cpuinfo = NULL;
  const char *name = NULL;

  if (g_file_get_contents ("/proc/cpuinfo", &cpuinfo, NULL, NULL))
    name = strstr (cpuinfo, "model name\t: ");
  if (name)
    {
      name += strlen ("model name\t: ");
      g_string_append_printf (text, "Processor: %.*s, %u threads\n", (int)strcspn (name, "\n"),
                              name, g_get_num_processors ());
    }
  else
    g_string_append_printf (text, "Processor: %u threads\n", g_get_num_processors ());
  g_string_append (text, "Instructions:");
#if defined(__x86_64__)
  g_string_append (text, __builtin_cpu_supports ("avx2") ? " AVX2" : "");
  g_string_append (text, __builtin_cpu_supports ("fma") ? " FMA" : "");
  g_string_append (text, __builtin_cpu_supports ("avx512f") ? " AVX-512" : "");
  g_string_append (text, __builtin_cpu_supports ("avx512vnni") ? " AVX-512-VNNI" : "");
#endif
  g_string_append (text, nn_has_bf16 () ? " bfloat16\n" : " (no bfloat16)\n");
  g_string_append (text, "Precision: answers float32, training ");
  g_string_append (text, nn_has_bf16 () ? "bfloat16\n" : "float32\n");
}

static const char *
decoder_text (void)
{
  switch (vqa_picture_decoder ())
    {
    case VQA_DECODER_FILTERED:
      return "system calls filtered (seccomp), memory and time limited";
    case VQA_DECODER_LIMITED:
      return "memory and time limited; this system does not filter system calls (no seccomp)";
    default:
      return "not started yet";
    }
}

/* What a report of a fault should carry; in English, for who reads it. */
static char *
debug_info (RegardApplication *self)
{
  RegardModel *model = regard_engine_get_model (self->engine);
  const char *model_error = regard_engine_get_model_error (self->engine);
  const char *notice = regard_engine_get_library_notice (self->engine);
  g_autofree char *library = vqa_store_default_path ();
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (
      text, "Regard %s\nGTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u, SQLite %s\n",
      REGARD_VERSION, gtk_get_major_version (), gtk_get_minor_version (), gtk_get_micro_version (),
      adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version (),
      glib_major_version, glib_minor_version, glib_micro_version, sqlite3_libversion ());
  append_processor (text);
  g_string_append_printf (text, "Decoder of pictures: %s\n", decoder_text ());
  g_string_append_printf (text, "Model: %s\nLibrary: %s\nPreferences: %s\nLanguage: %s\n",
                          model         ? regard_model_get_info (model)->title
                          : model_error ? model_error
                                        : "loading",
                          library,
                          regard_preferences_are_kept (regard_preferences_get ())
                              ? "GSettings"
                              : "not kept, the schema is missing",
                          g_get_language_names ()[0]);
  if (notice)
    g_string_append_printf (text, "%s\n", notice);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Their terms ask for it; assets/samples/LICENSES.md has the whole table. */
static const char *const sample_credits[] = {
  N_ ("Astronaut: NASA, public domain"),
  N_ ("Cat: Stefan van der Walt, CC0"),
  N_ ("Coffee: Rachel Michetti, CC0"),
  N_ ("Dahlia: “vultilion” on Flickr, CC BY 2.0"),
  N_ ("Palace: danielbuechele on Flickr, CC BY 2.0"),
  N_ ("Photographer: Lav Varshney, CC0"),
  N_ ("Rocket: SpaceX, public domain"),
  NULL,
};

/* What the window says of itself, and what the model is good at, as markup. */
static char *
comments (RegardModel *model)
{
  const vqa_facts *facts = model ? regard_model_get_facts (model) : NULL;
  GString *text = g_string_new (_ (
      "Ask a photograph a question, and see where the answer came from. Everything happens on this "
      "computer. The answers come from a small neural network: it can be wrong, and it "
      "understands English questions only."));
  guint good = 0;

  for (guint i = 0; facts && i < facts->kinds->len; i++)
    {
      const vqa_fact *fact = facts->kinds->pdata[i];
      g_autofree char *sentence = vqa_fact_sentence (fact);
      g_autofree char *line = g_markup_printf_escaped ("\n\u2022 %s: %s", fact->title, sentence);

      if (!vqa_fact_is_good (fact))
        continue;
      if (good++ == 0)
        {
          g_autofree char *head = g_markup_printf_escaped (
              _ ("\n\nThe model “%s” is good at these kinds of questions, measured on pictures "
                 "it never learned from:"),
              regard_model_get_info (model)->title);

          g_string_append (text, head);
        }
      g_string_append (text, line);
    }
  if (vqa_picture_decoder () == VQA_DECODER_LIMITED)
    g_string_append (text,
                     _ ("\n\nThis system does not filter system calls (seccomp): pictures are "
                        "decoded with limits on memory and time alone."));
  if (model)
    {
      g_autofree char *terms = regard_model_dup_terms_in_short (model);
      g_autofree char *line = g_markup_printf_escaped (_ ("\n\nTerms of the model: %s"), terms);

      g_string_append (text, line);
    }
  return g_string_free (text, FALSE);
}

static void
add_model_terms (AdwAboutWindow *about, RegardModel *model)
{
  g_autofree char *title = g_strdup_printf (_ ("Model: %s"), regard_model_get_info (model)->title);
  g_autofree char *terms = g_markup_escape_text (regard_model_get_terms (model), -1);

  adw_about_window_add_legal_section (about, title, NULL, GTK_LICENSE_CUSTOM, terms);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegardApplication *self = data;
  RegardModel *model = regard_engine_get_model (self->engine);
  g_autofree char *info = debug_info (self), *text = comments (model);
  const char *credits[G_N_ELEMENTS (sample_credits)] = { NULL };
  GtkWidget *about;

  about = g_object_new (ADW_TYPE_ABOUT_WINDOW, "transient-for", ensure_window (self),
                        "application-name", "Regard", "application-icon", "org.regard.Regard",
                        "version", REGARD_VERSION, "developer-name", _ ("The Regard authors"),
                        "license-type", GTK_LICENSE_MIT_X11, "comments", text, "debug-info", info,
                        "debug-info-filename", "regard-debug-info.txt",
                        /* Translators: your names, one a line. */
                        "translator-credits", _ ("translator-credits"), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (credits) - 1; i++)
    credits[i] = _ (sample_credits[i]);
  adw_about_window_add_credit_section (ADW_ABOUT_WINDOW (about), _ ("Sample Photographs"), credits);
  if (model)
    add_model_terms (ADW_ABOUT_WINDOW (about), model);
  gtk_window_present (GTK_WINDOW (about));
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  /* The session bus may ask for it while there is no window, or while it is open. */
  GtkWindow *parent = GTK_WINDOW (ensure_window (data));

  for (GList *l = gtk_application_get_windows (data); l; l = l->next)
    if (REGARD_IS_PREFERENCES_WINDOW (l->data))
      {
        gtk_window_present (l->data);
        return;
      }
  gtk_window_present (
      GTK_WINDOW (regard_preferences_window_new (regard_preferences_get (), parent)));
}

static const GActionEntry actions[] = {
  { "quit", quit_action, NULL, NULL, NULL, { 0 } },
  { "preferences", preferences_action, NULL, NULL, NULL, { 0 } },
  { "about", about_action, NULL, NULL, NULL, { 0 } },
};

static void
set_keys (GtkApplication *application)
{
  static const struct
  {
    const char *action;
    const char *keys[4];
  } table[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "window.close", { "<Control>w" } },
    { "win.open", { "<Control>o" } },
    { "win.paste", { "<Control>v" } },
    { "win.new-scene", { "<Control>n" } },
    { "win.ask-folder", { "<Control><Shift>o" } },
    { "win.home", { "<Alt>Left" } },
    { "win.next", { "<Control>Page_Down" } },
    { "win.previous", { "<Control>Page_Up" } },
    { "win.focus-question", { "<Control>l" } },
    { "win.show-map", { "<Control>e" } },
    { "win.zoom-in", { "<Control>plus", "<Control>equal", "<Control>KP_Add", NULL } },
    { "win.zoom-out", { "<Control>minus", "<Control>KP_Subtract", NULL } },
    { "win.zoom-fit", { "<Control>0", "<Control>KP_0", NULL } },
    { "win.zoom-original", { "<Control>1", "<Control>KP_1", NULL } },
    { "win.save-view", { "<Control>s" } },
    { "win.compare", { "<Control>d" } },
    { "win.modulation", { "<Control>m" } },
    { "win.history", { "<Control>h" } },
    { "win.find", { "<Control>f" } },
    { "app.private", { "<Control><Shift>p" } },
    { "win.correct", { "F2" } },
    { "win.undo", { "<Control>z" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_application_set_accels_for_action (application, table[i].action, table[i].keys);
}

static gboolean
starts_private (void)
{
  gboolean private;

  g_object_get (regard_preferences_get (), "start-private", &private, NULL);
  return private;
}

static void
regard_application_startup (GApplication *application)
{
  RegardApplication *self = REGARD_APPLICATION (application);
  g_autoptr (GPropertyAction) private = NULL;

  G_APPLICATION_CLASS (regard_application_parent_class)->startup (application);
  self->engine = regard_engine_new ();
  if (starts_private ())
    regard_engine_set_private (self->engine, TRUE);
  private = g_property_action_new ("private", self->engine, "private");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (private));
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_keys (GTK_APPLICATION (self));
}

static void
regard_application_shutdown (GApplication *application)
{
  RegardApplication *self = REGARD_APPLICATION (application);

  /* The thread must be gone before the libraries it uses are torn down; nobody need see the wait
   * for what it is doing. */
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    gtk_widget_set_visible (l->data, FALSE);
  regard_stalls_write ();
  if (self->engine)
    regard_engine_stop (self->engine);
  G_APPLICATION_CLASS (regard_application_parent_class)->shutdown (application);
}

static int
regard_application_handle_local_options (GApplication *application, GVariantDict *given)
{
  if (g_variant_dict_contains (given, "version"))
    {
      g_print ("regard %s\n", REGARD_VERSION);
      return 0;
    }
  /* Also when another process has the window. */
  if (g_variant_dict_contains (given, "private")
      && g_application_register (application, NULL, NULL))
    g_action_group_change_action_state (G_ACTION_GROUP (application), "private",
                                        g_variant_new_boolean (TRUE));
  return -1;
}

static void
regard_application_finalize (GObject *object)
{
  g_clear_object (&REGARD_APPLICATION (object)->engine);
  G_OBJECT_CLASS (regard_application_parent_class)->finalize (object);
}

static void
regard_application_class_init (RegardApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = regard_application_finalize;
  application_class->activate = regard_application_activate;
  application_class->open = regard_application_open;
  application_class->startup = regard_application_startup;
  application_class->shutdown = regard_application_shutdown;
  application_class->handle_local_options = regard_application_handle_local_options;
}

static void
regard_application_init (RegardApplication *self)
{
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[PHOTO]"));
}

RegardApplication *
regard_application_new (void)
{
  return g_object_new (REGARD_TYPE_APPLICATION, "application-id", "org.regard.Regard", "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/org/regard/Regard",
                       NULL);
}
