#include "app/split.h"

/* Widths in pixels; below WIDE a panel beside the picture would leave too little of both. */
#define WIDE      720
#define PANEL_MIN 320
#define PANEL_MAX 420

struct _RegardSplit
{
  GtkWidget parent_instance;
};

static GtkBuildableIface *parent_buildable;

static void regard_split_buildable_init (GtkBuildableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegardSplit, regard_split, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE,
                                                      regard_split_buildable_init))

gboolean
regard_split_is_wide (int width)
{
  return width >= WIDE;
}

static void
regard_split_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child;

  *minimum = *natural = 0;
  for (child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      int child_min, child_nat;

      gtk_widget_measure (child, orientation, -1, &child_min, &child_nat, NULL, NULL);
      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        *minimum = MAX (*minimum, child_min); /* they may end up above each other */
      else
        *minimum += child_min;
      *natural += child_nat;
    }
  *natural = MAX (*natural, *minimum);
  *minimum_baseline = *natural_baseline = -1;
}

static void
allocate (GtkWidget *child, int x, int y, int width, int height)
{
  int minimum_width, minimum_height;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL, NULL);
  width = MAX (width, minimum_width);
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &minimum_height, NULL, NULL, NULL);
  height = MAX (height, minimum_height);
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, y, width, height }, -1);
}

static void
regard_split_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *picture = gtk_widget_get_first_child (widget);
  GtkWidget *panel = picture ? gtk_widget_get_next_sibling (picture) : NULL;
  gboolean left_to_right = gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL;

  if (!panel)
    return;
  if (regard_split_is_wide (width))
    {
      int side = CLAMP (width * 2 / 5, PANEL_MIN, PANEL_MAX);

      allocate (picture, left_to_right ? 0 : side, 0, width - side, height);
      allocate (panel, left_to_right ? width - side : 0, 0, side, height);
    }
  else
    {
      int minimum, top;

      gtk_widget_measure (panel, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
      top = MIN (height * 9 / 20, height - minimum);
      allocate (picture, 0, 0, width, top);
      allocate (panel, 0, top, width, height - top);
    }
}

static void
regard_split_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (regard_split_parent_class)->dispose (object);
}

static void
regard_split_class_init (RegardSplitClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_split_dispose;
  widget_class->measure = regard_split_measure;
  widget_class->size_allocate = regard_split_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "split");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
regard_split_init (RegardSplit *self)
{
}

static void
regard_split_add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child,
                        const char *type)
{
  if (GTK_IS_WIDGET (child))
    gtk_widget_set_parent (GTK_WIDGET (child), GTK_WIDGET (buildable));
  else
    parent_buildable->add_child (buildable, builder, child, type);
}

static void
regard_split_buildable_init (GtkBuildableIface *iface)
{
  parent_buildable = g_type_interface_peek_parent (iface);
  iface->add_child = regard_split_add_child;
}
