#include "app/start-page.h"

#include "app/picture-card.h"

#define RECENT_PICTURES 8
#define SAMPLES         "/org/regard/Regard/samples"

struct _RegardStartPage
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkFlowBox *recent_flow;
  GtkWidget *recent_section;
  GtkFlowBox *sample_flow;
  GtkWidget *sample_section;
  GtkWidget *content;

  /* Owned references */
  GCancellable *cancellable; /* of everything under way */
  gboolean has_samples;
};

G_DEFINE_FINAL_TYPE (RegardStartPage, regard_start_page, GTK_TYPE_WIDGET)

static void
add_card (GtkFlowBox *flow, RegardThumbnail *thumbnail)
{
  GtkWidget *card = regard_picture_card_new (thumbnail), *cell;

  gtk_flow_box_append (flow, card);
  cell = gtk_widget_get_parent (card);
  /* The button inside is what one presses; two stops of the Tab key for one card would be noise. */
  gtk_widget_set_focusable (cell, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  regard_thumbnail_get_title (thumbnail), -1);
}

static void
recent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardStartPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;
  GtkWidget *child;

  list = regard_engine_recent_finish (REGARD_ENGINE (source), result, &error);
  if (!list)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning ("%s", error->message);
      return;
    }
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->recent_flow))))
    gtk_flow_box_remove (self->recent_flow, child);
  for (guint i = 0; i < list->len; i++)
    add_card (self->recent_flow, list->pdata[i]);
  gtk_widget_set_visible (self->recent_section, list->len > 0);
}

static void
sample_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardStartPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardThumbnail) thumbnail = NULL;

  thumbnail = regard_engine_thumbnail_finish (REGARD_ENGINE (source), result, &error);
  if (thumbnail)
    {
      add_card (self->sample_flow, thumbnail);
      gtk_widget_set_visible (self->sample_section, TRUE);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("%s", error->message);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static void
load_samples (RegardStartPage *self, RegardEngine *engine)
{
  g_auto (GStrv) names
      = g_resources_enumerate_children (SAMPLES, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  if (names)
    qsort (names, g_strv_length (names), sizeof *names, compare_names);
  for (guint i = 0; names && names[i]; i++)
    {
      g_autofree char *uri = g_strdup_printf ("resource://" SAMPLES "/%s", names[i]);
      g_autoptr (GFile) file = g_file_new_for_uri (uri);

      regard_engine_thumbnail_async (engine, file, self->cancellable, sample_cb,
                                     g_object_ref (self));
    }
}

void
regard_start_page_update (RegardStartPage *self, RegardEngine *engine)
{
  g_return_if_fail (REGARD_IS_START_PAGE (self) && REGARD_IS_ENGINE (engine));
  regard_engine_recent_async (engine, RECENT_PICTURES, self->cancellable, recent_cb,
                              g_object_ref (self));
  if (!self->has_samples)
    load_samples (self, engine);
  self->has_samples = TRUE;
}

static void
regard_start_page_dispose (GObject *object)
{
  RegardStartPage *self = REGARD_START_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (regard_start_page_parent_class)->dispose (object);
}

static void
regard_start_page_finalize (GObject *object)
{
  g_clear_object (&REGARD_START_PAGE (object)->cancellable);
  G_OBJECT_CLASS (regard_start_page_parent_class)->finalize (object);
}

static void
regard_start_page_class_init (RegardStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_start_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_start_page_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardStartPage, content);
  gtk_widget_class_bind_template_child (widget_class, RegardStartPage, recent_flow);
  gtk_widget_class_bind_template_child (widget_class, RegardStartPage, recent_section);
  gtk_widget_class_bind_template_child (widget_class, RegardStartPage, sample_flow);
  gtk_widget_class_bind_template_child (widget_class, RegardStartPage, sample_section);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
regard_start_page_init (RegardStartPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
