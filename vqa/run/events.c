#include "vqa/run/events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
append_text (GString *line, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    {
      g_string_append (line, "null");
      return;
    }
  valid = g_utf8_make_valid (text, -1);
  g_string_append_c (line, '"');
  for (const char *at = valid; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      g_string_append_printf (line, "\\%c", *at);
    else if ((guchar)*at < 0x20 || *at == 0x7f)
      g_string_append_printf (line, "\\u%04x", (guint)(guchar)*at);
    else
      g_string_append_c (line, *at);
  g_string_append_c (line, '"');
}

static void
append_number (GString *line, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (line, isfinite (value) ? g_ascii_formatd (digits, sizeof digits, "%.8g", value)
                                          : "null");
}

static char *
make_line (gint64 run, const char *event, const char *fields, va_list values)
{
  GString *line = g_string_new ("{\"event\":");
  g_auto (GStrv) list = g_strsplit (fields, " ", -1);

  append_text (line, event);
  if (run > 0)
    g_string_append_printf (line, ",\"run\":%" G_GINT64_FORMAT, run);
  else
    g_string_append (line, ",\"run\":null");
  for (char **field = list; *field != NULL; field++)
    {
      char *colon = strchr (*field, ':');
      if (colon == NULL)
        continue;
      g_string_append_printf (line, ",\"%.*s\":", (int)(colon - *field), *field);
      if (colon[1] == 't')
        append_text (line, va_arg (values, const char *));
      else if (colon[1] == 'i')
        g_string_append_printf (line, "%" G_GINT64_FORMAT, va_arg (values, gint64));
      else if (colon[1] == 'b')
        g_string_append (line, va_arg (values, gboolean) ? "true" : "false");
      else
        append_number (line, va_arg (values, double));
    }
  g_string_append_c (line, '}');
  return g_string_free (line, FALSE);
}

char *
vqa_event_line (gint64 run, const char *event, const char *fields, ...)
{
  va_list values;
  char *line;

  va_start (values, fields);
  line = make_line (run, event, fields, values);
  va_end (values);
  return line;
}

void
vqa_event (gint64 run, const char *event, const char *fields, ...)
{
  g_autofree char *line = NULL;
  va_list values;

  va_start (values, fields);
  line = make_line (run, event, fields, values);
  va_end (values);
  /* A window that was closed is no reason to stop: errors are ignored. */
  fputs (line, stdout);
  fputc ('\n', stdout);
  fflush (stdout);
}
