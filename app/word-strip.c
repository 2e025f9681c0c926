#include "app/word-strip.h"

#include "app/question.h"
#include "app/wrap.h"

#include "vqa/data/data.h"

#include <glib/gi18n.h>
#include <math.h>

/* As many as vqa_map_options can leave out. */
#define MOST_WORDS 64
/* A change of probability that is not worth a word. */
#define NOTHING 0.0005

typedef struct
{
  GtkWidget *button; /* not owned */
  GtkLevelBar *bar;  /* not owned */
} word_view;

struct _RegardWordStrip
{
  GtkWidget parent_instance;

  /* Template widgets */
  RegardWrap *wrap;

  char **words; /* of the question, or NULL */
  word_view views[MOST_WORDS];
  guint n;
  gboolean filling; /* nobody chooses anything */
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardWordStrip, regard_word_strip, GTK_TYPE_WIDGET)

static void
toggled_cb (RegardWordStrip *self)
{
  if (!self->filling)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- one word -------------------------------------------------------------------------------- */

static GtkWidget *
make_word (RegardWordStrip *self, const char *word, word_view *to)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3), *label = gtk_label_new (word);

  to->button = gtk_toggle_button_new ();
  /* The button tells what the bar shows. */
  to->bar = g_object_new (GTK_TYPE_LEVEL_BAR, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                          NULL);
  /* All of them in the accent's colour, whatever the level. */
  gtk_level_bar_remove_offset_value (to->bar, GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (to->bar, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (to->bar, GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (to->bar));
  gtk_button_set_child (GTK_BUTTON (to->button), box);
  gtk_widget_add_css_class (to->button, "word");
  gtk_widget_set_sensitive (to->button, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (to->button), GTK_ACCESSIBLE_PROPERTY_LABEL, word,
                                  -1);
  g_signal_connect_object (to->button, "toggled", G_CALLBACK (toggled_cb), self, G_CONNECT_SWAPPED);
  return to->button;
}

/* "Without “dog”, “yes” falls from 93.1 % to 2.0 %; the answer would be “cat”"; the caller frees.
 */
static char *
describe (const vqa_word_weights *w, const vqa_word_weight *word)
{
  g_autofree char *from = regard_format_percent (w->probability);
  g_autofree char *to = regard_format_percent (w->probability - word->drop);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!word->known)
    return g_strdup_printf (_ ("The model does not know “%s”, and reads on without it"),
                            word->word);
  if (fabs (word->drop) < NOTHING)
    g_string_printf (text, _ ("Without “%s”, “%s” stays at %s"), word->word, w->answer, from);
  else
    g_string_printf (text,
                     word->drop > 0 ? _ ("Without “%s”, “%s” falls from %s to %s")
                                    : _ ("Without “%s”, “%s” rises from %s to %s"),
                     word->word, w->answer, from, to);
  if (!g_str_equal (word->answer, w->answer))
    g_string_append_printf (text, _ ("; the answer would be “%s”"), word->answer);
  return g_strdup (text->str);
}

/* The bar: which share of its probability the answer loses, or of what is missing gains. */
static void
show_weight (const word_view *view, const vqa_word_weights *w, const vqa_word_weight *word)
{
  double room = word->drop > 0 ? w->probability : 1 - w->probability;
  g_autofree char *text = describe (w, word);

  gtk_level_bar_set_value (view->bar, room > 0 ? CLAMP (fabs (word->drop) / room, 0, 1) : 0);
  if (word->drop < 0)
    gtk_widget_add_css_class (view->button, "against");
  else
    gtk_widget_remove_css_class (view->button, "against");
  gtk_widget_set_tooltip_text (view->button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->button),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_set_sensitive (view->button, word->known);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static gboolean
has_words (RegardWordStrip *self, char **words)
{
  return self->words && g_strv_equal ((const char *const *)self->words, (const char *const *)words);
}

void
regard_word_strip_set_question (RegardWordStrip *self, const char *question)
{
  g_auto (GStrv) words = vqa_question_words (question ? question : "");

  g_return_if_fail (REGARD_IS_WORD_STRIP (self));
  if (has_words (self, words))
    return;
  g_strfreev (self->words);
  self->words = g_steal_pointer (&words);
  self->n = MIN (g_strv_length (self->words), MOST_WORDS);
  regard_wrap_clear (self->wrap);
  for (guint i = 0; i < self->n; i++)
    regard_wrap_append (self->wrap, make_word (self, self->words[i], &self->views[i]));
  gtk_widget_set_visible (GTK_WIDGET (self), self->n > 0);
}

void
regard_word_strip_set_weights (RegardWordStrip *self, const vqa_word_weights *weights)
{
  g_return_if_fail (REGARD_IS_WORD_STRIP (self));
  if (weights && weights->n < self->n)
    return;
  for (guint i = 0; i < self->n; i++)
    if (weights)
      show_weight (&self->views[i], weights, &weights->words[i]);
    else
      {
        gtk_widget_set_sensitive (self->views[i].button, FALSE);
        gtk_widget_set_tooltip_text (self->views[i].button, NULL);
        gtk_accessible_update_property (GTK_ACCESSIBLE (self->views[i].button),
                                        GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "", -1);
      }
}

guint64
regard_word_strip_get_chosen (RegardWordStrip *self)
{
  guint64 chosen = 0;

  g_return_val_if_fail (REGARD_IS_WORD_STRIP (self), 0);
  for (guint i = 0; i < self->n; i++)
    if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->views[i].button)))
      chosen |= G_GUINT64_CONSTANT (1) << i;
  return chosen;
}

char *
regard_word_strip_name (RegardWordStrip *self, guint64 words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (REGARD_IS_WORD_STRIP (self), NULL);
  for (guint i = 0; i < self->n; i++)
    if (words >> i & 1)
      g_string_append_printf (text, _ ("%s“%s”"), text->len ? ", " : "", self->words[i]);
  return g_strdup (text->str);
}

void
regard_word_strip_clear (RegardWordStrip *self)
{
  gboolean any;

  g_return_if_fail (REGARD_IS_WORD_STRIP (self));
  any = regard_word_strip_get_chosen (self) != 0;
  self->filling = TRUE;
  for (guint i = 0; i < self->n; i++)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->views[i].button), FALSE);
  self->filling = FALSE;
  if (any)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void
regard_word_strip_dispose (GObject *object)
{
  RegardWordStrip *self = REGARD_WORD_STRIP (object);
  GtkWidget *child;

  self->n = 0;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (regard_word_strip_parent_class)->dispose (object);
}

static void
regard_word_strip_finalize (GObject *object)
{
  g_strfreev (REGARD_WORD_STRIP (object)->words);
  G_OBJECT_CLASS (regard_word_strip_parent_class)->finalize (object);
}

static void
regard_word_strip_class_init (RegardWordStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_word_strip_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_word_strip_finalize;
  g_type_ensure (REGARD_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/word-strip.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardWordStrip, wrap);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regard_word_strip_init (RegardWordStrip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
