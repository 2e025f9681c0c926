#include "app/wrap.h"

/* Pixels between children, and between lines. */
#define GAP 6

struct _RegardWrap
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (RegardWrap, regard_wrap, GTK_TYPE_WIDGET)

/* As wide as it wants to be, within the line. */
static int
child_width (GtkWidget *child, int line)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return MAX (minimum, MIN (natural, line));
}

/* Lays the children out in lines that wide, or only measures them; returns their height. */
static int
lay_out (GtkWidget *widget, int width, gboolean allocate)
{
  gboolean reversed = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int x = 0, y = 0, line = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      int across = child_width (child, width), high;

      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, across, NULL, &high, NULL, NULL);
      if (x > 0 && x + across > width)
        {
          x = 0;
          y += line + GAP;
          line = 0;
        }
      if (allocate)
        gtk_widget_size_allocate (
            child, &(GtkAllocation){ reversed ? width - x - across : x, y, across, high }, -1);
      x += across + GAP;
      line = MAX (line, high);
    }
  return y + line;
}

static void
regard_wrap_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  int least = 0, most = 0;

  *minimum_baseline = *natural_baseline = -1;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      int child_min, child_nat;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &child_min, &child_nat, NULL,
                          NULL);
      least = MAX (least, child_min);
      most += child_nat + (most > 0 ? GAP : 0);
    }
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = least;
      *natural = most;
    }
  else
    *minimum = *natural = lay_out (widget, for_size < 0 ? most : MAX (for_size, least), FALSE);
}

static GtkSizeRequestMode
regard_wrap_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
regard_wrap_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  lay_out (widget, width, TRUE);
}

void
regard_wrap_append (RegardWrap *self, GtkWidget *child)
{
  g_return_if_fail (REGARD_IS_WRAP (self) && GTK_IS_WIDGET (child));
  gtk_widget_set_parent (child, GTK_WIDGET (self));
}

void
regard_wrap_clear (RegardWrap *self)
{
  GtkWidget *child;

  g_return_if_fail (REGARD_IS_WRAP (self));
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
}

static void
regard_wrap_dispose (GObject *object)
{
  regard_wrap_clear (REGARD_WRAP (object));
  G_OBJECT_CLASS (regard_wrap_parent_class)->dispose (object);
}

static void
regard_wrap_class_init (RegardWrapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_wrap_dispose;
  widget_class->measure = regard_wrap_measure;
  widget_class->get_request_mode = regard_wrap_get_request_mode;
  widget_class->size_allocate = regard_wrap_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
regard_wrap_init (RegardWrap *self)
{
}
