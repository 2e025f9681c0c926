/* vqa/cli: regard-cli, the engine without a window.
 *
 * main.c picks the subcommand by name; each subcommand is one file with one cli_NAME function that
 * describes its options to cli_parse(), does its work through vqa/, and returns the exit status.
 * Results go to standard output, everything else to standard error; with --json standard output
 * holds exactly one line. Arguments are the raw bytes the shell gave: file names need not be UTF-8,
 * questions are checked where they are used.
 */
#pragma once

#include "vqa/model/model.h"
#include "vqa/run/run.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Exit statuses. */
#define CLI_DONE    0
#define CLI_FAILED  1
#define CLI_USAGE   2
#define CLI_STOPPED 130 /* as after Ctrl-C */

#define CLI_DEFAULT_MODEL "photos"

int cli_ask (char **argv);
int cli_explain (char **argv);
int cli_compare (char **argv);
int cli_eval (char **argv);
int cli_import (char **argv);
int cli_scene (char **argv);
int cli_train (char **argv);
int cli_run (char **argv);
int cli_runs (char **argv);
int cli_arms (char **argv);
int cli_history (char **argv);
int cli_models (char **argv);
int cli_bench (char **argv);

/* ---- arguments -------------------------------------------------------------------------- */

typedef struct
{
  const char *operands; /* as the usage line shows them, "PHOTO QUESTION" */
  int fewest, most;     /* how many operands */
  const char *summary;  /* what the subcommand does, a paragraph */
  const GOptionEntry *options;
} cli_syntax;

/* Parses argv (argv[0] is the subcommand's name) into the options' variables and the operands
 * (NULL-terminated, caller frees with g_strfreev). Returns -1 to go on, or the exit status when
 * help was asked for or the arguments are wrong; both have been printed then. */
int cli_parse (const cli_syntax *syntax, char **argv, char ***operands);
/* Says what is wrong with the arguments of a subcommand, and returns CLI_USAGE. */
int cli_usage (const char *command, const char *message, ...) G_GNUC_PRINTF (2, 3);

/* ---- runs ------------------------------------------------------------------------------- */

/* Carries out a recipe and returns the exit status; errors are printed. */
int cli_run_options (vqa_run_options *options);
/* Is the value of --progress json? Another one than json or text: *status is CLI_USAGE. */
gboolean cli_progress_json (const char *command, const char *progress, int *status);

/* The value of --region (NULL: not given) to *region; -1, or the status of a bad value. */
int cli_region (const char *command, const char *text, vqa_region *region);

/* ---- results ---------------------------------------------------------------------------- */

/* Prints the error and returns CLI_FAILED (CLI_STOPPED after Ctrl-C). Takes the error. */
int cli_fail (GError *error);
/* Flushes standard output: CLI_DONE, or CLI_FAILED when not everything could be written. */
int cli_finish (void);
/* Prints what was built as one line of JSON and finishes. */
int cli_print_json (JsonBuilder *json);
/* A member with a number, rounded to `digits` decimals; null when it is not finite. */
void cli_json_number (JsonBuilder *json, const char *name, double value, int digits);
/* A member with a whole number. */
void cli_json_integer (JsonBuilder *json, const char *name, gint64 value);
/* A member with text (any bytes become valid UTF-8); null for NULL. */
void cli_json_text (JsonBuilder *json, const char *name, const char *text);
/* A member with the part of the picture that something is about; null: the whole picture. */
void cli_json_region (JsonBuilder *json, const vqa_region *region);
/* A member with answers, the best first. */
void cli_json_answers (JsonBuilder *json, const char *name, const vqa_answer *answers, guint n);
/* Members of a map: width, height, and values, an array of rows. */
void cli_json_cells (JsonBuilder *json, const vqa_evidence *v);
/* One line of JSON without the line's end, fractions with at most ten significant digits; the
 * caller frees it. */
char *cli_json_line (JsonBuilder *json);

/* FALSE when a file could not be written at `path`: no such folder, no permission, or a thing there
 * that is not a file. For asking before long work. */
gboolean cli_check_output (const char *path, GError **error);
/* Writes a whole file or nothing: an older file stays as it was on failure. */
gboolean cli_write_file (const char *path, const void *data, gsize length, GError **error);

/* ---- pictures --------------------------------------------------------------------------- */

/* The picture (height,width,3) RGB as a PNG file; NULL when memory is short. */
GBytes *cli_png (const guint8 *rgb, int width, int height);

G_END_DECLS
