#include "vqa/data/region.h"

#include "vqa/data/data.h"

#include <math.h>

/* A whole number at *at, which moves behind it and the space around it. */
static gboolean
read_number (const char **at, int *number)
{
  const char *start = *at;
  char *end;
  gint64 value;

  while (g_ascii_isspace (*start))
    start++;
  /* strtoll takes space and a sign, too. */
  if (!g_ascii_isdigit (*start) && *start != '-')
    return FALSE;
  value = g_ascii_strtoll (start, &end, 10);
  if (end == start)
    return FALSE;
  while (g_ascii_isspace (*end))
    end++;
  *number = (int)CLAMP (value, G_MININT, G_MAXINT);
  *at = end;
  return TRUE;
}

static gboolean
read_all (const char *at, int number[4])
{
  for (int i = 0; i < 4; i++)
    {
      if (!read_number (&at, &number[i]) || *at != (i < 3 ? ',' : '\0'))
        return FALSE;
      at += i < 3;
    }
  return TRUE;
}

gboolean
vqa_region_parse (const char *text, vqa_region *region, GError **error)
{
  int n[4];

  if (text && *text == '\0')
    {
      *region = (vqa_region){ 0 };
      return TRUE;
    }
  if (!text || !read_all (text, n))
    g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
                 "“%s” is not a region: it needs four whole numbers, X,Y,WIDTH,HEIGHT, in pixels "
                 "from the upper left corner",
                 text ? text : "");
  else if (n[2] <= 0 || n[3] <= 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
                 "the region %s is empty: its width and height must be at least 1", text);
  else if (n[0] < 0 || n[1] < 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
                 "the region %s begins outside the picture: 0,0 is its upper left corner", text);
  else
    {
      *region = (vqa_region){ n[0], n[1], n[2], n[3] };
      return TRUE;
    }
  return FALSE;
}

char *
vqa_region_text (const vqa_region *region)
{
  if (region->width == 0)
    return g_strdup ("");
  return g_strdup_printf ("%d,%d,%d,%d", region->x, region->y, region->width, region->height);
}

gboolean
vqa_region_equal (const vqa_region *a, const vqa_region *b)
{
  return a->width == b->width
         && (a->width == 0 || (a->x == b->x && a->y == b->y && a->height == b->height));
}

gboolean
vqa_region_fits (const vqa_region *region, int width, int height)
{
  return region->width == 0
         || (region->width > 0 && region->height > 0 && region->x >= 0 && region->y >= 0
             && region->width <= width && region->x <= width - region->width
             && region->height <= height && region->y <= height - region->height);
}

/* One side of vqa_region_between(). */
static void
between (double a, double b, int length, int *start, int *extent)
{
  *start = CLAMP ((int)lround (CLAMP (MIN (a, b), 0, length)), 0, length - 1);
  *extent = MAX ((int)lround (CLAMP (MAX (a, b), 0, length)) - *start, 1);
}

vqa_region
vqa_region_between (double x0, double y0, double x1, double y1, int width, int height)
{
  vqa_region part;

  between (x0, x1, width, &part.x, &part.width);
  between (y0, y1, height, &part.y, &part.height);
  return part;
}

void
vqa_region_move (vqa_region *region, int x, int y, int width, int height)
{
  region->x = CLAMP (region->x + x, 0, width - region->width);
  region->y = CLAMP (region->y + y, 0, height - region->height);
}

void
vqa_region_resize (vqa_region *region, int x, int y, int least, int width, int height)
{
  int room_x = width - region->x, room_y = height - region->y;

  region->width = CLAMP (region->width + x, MIN (least, room_x), room_x);
  region->height = CLAMP (region->height + y, MIN (least, room_y), room_y);
}

char *
vqa_region_key (const vqa_region *region, const char *hash)
{
  g_autofree char *text = vqa_region_text (region);

  return region->width == 0 ? g_strdup (hash) : g_strdup_printf ("%s:%s", hash, text);
}
