/* A folder with a toy model and a photograph, and a way to run regard-cli on them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A temporary folder that holds models/toy.safetensors (random weights; it knows the words of
 * TOY_QUESTION and the answers yes, no, 1, 2 and red) and photo.png, 60 x 40. It is where
 * $REGARD_MODELS points for the runs below. The caller frees it with toy_remove(). */
#define TOY_QUESTION "is there a cat?"
char *toy_folder (void);
/* Writes another model to models/NAME.safetensors of such a folder: other random weights, and
 * "maybe" in place of the answer "red". Its title is for people. */
void toy_add_model (const char *folder, const char *name, const char *title);
void toy_remove (char *folder);

/* What one run of regard-cli left. */
typedef struct
{
  int status; /* exit status, -1 when a signal ended it */
  char *out, *err;
} toy_run;

/* Runs regard-cli in `folder` with the arguments (NULL-terminated) and waits for its end. */
toy_run toy_cli (const char *folder, ...) G_GNUC_NULL_TERMINATED;
void toy_run_clear (toy_run *r);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (toy_run, toy_run_clear)

/* Starts regard-cli in `folder` without waiting; its output is thrown away. `environment` holds
 * NAME=VALUE settings, or is NULL. Returns the process id; reap it with waitpid(). */
GPid toy_start (const char *folder, char **environment, const char *const *arguments);

G_END_DECLS
