#include "app/columns.h"

/* Pixels between columns, and the least width of each when they stand side by side. */
#define GAP   24
#define LEAST 300

struct _RegardColumns
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (RegardColumns, regard_columns, GTK_TYPE_WIDGET)

/* How wide each child is; *beside: they stand beside each other. */
static int
child_width (GtkWidget *widget, int width, gboolean *beside)
{
  int n = 0, least = LEAST;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      int minimum;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      least = MAX (least, minimum);
      n++;
    }
  *beside = n > 0 && (width - (n - 1) * GAP) / n >= least;
  return *beside ? (width - (n - 1) * GAP) / n : width;
}

static void
regard_columns_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL, beside = across;
  int width = across || for_size < 0 ? -1 : child_width (widget, for_size, &beside), n = 0;

  *minimum = *natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child), n++)
    {
      int child_min, child_nat, gap = n > 0 ? GAP : 0;

      gtk_widget_measure (child, orientation, width, &child_min, &child_nat, NULL, NULL);
      *minimum = beside ? MAX (*minimum, child_min) : *minimum + gap + child_min;
      *natural = across || !beside ? *natural + gap + child_nat : MAX (*natural, child_nat);
    }
  *minimum_baseline = *natural_baseline = -1;
}

static GtkSizeRequestMode
regard_columns_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
regard_columns_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gboolean reversed = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL, beside;
  int each = child_width (widget, width, &beside), x = 0, y = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      int high = height;

      if (!beside)
        gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, each, NULL, &high, NULL, NULL);
      gtk_widget_size_allocate (
          child, &(GtkAllocation){ reversed ? width - x - each : x, y, each, high }, -1);
      if (beside)
        x += each + GAP;
      else
        y += high + GAP;
    }
}

static void
regard_columns_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (regard_columns_parent_class)->dispose (object);
}

static void
regard_columns_class_init (RegardColumnsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_columns_dispose;
  widget_class->measure = regard_columns_measure;
  widget_class->get_request_mode = regard_columns_get_request_mode;
  widget_class->size_allocate = regard_columns_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
regard_columns_init (RegardColumns *self)
{
}
