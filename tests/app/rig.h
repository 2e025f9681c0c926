/* Drives the real program on a screen of its own: Xvfb, a session bus with the accessibility
 * service, empty XDG folders. Keys come from xdotool as from a person's hands; what is on the
 * screen is read, and buttons are pressed, through AT-SPI by name, never by coordinates. Everything
 * dies with the test.
 *
 * Nothing here is skipped: no Xvfb, no bus, no program is a failed test.
 */
#pragma once

#include <gio/gio.h>

/* Ends the test as failed after this long without what it waits for; no assertion about speed. */
#define RIG_PATIENCE 30 /* seconds */

/* Starts Xvfb and sets DISPLAY and the XDG folders below rig_folder(). */
void rig_open_screen (void);
/* Starts the session bus, with nothing on it but what gives access to the accessibility bus. */
void rig_open_bus (void);
/* Ends what was started and removes the folder. */
void rig_close (void);
const char *rig_folder (void);

/* Starts the program; photo may be NULL. */
void rig_start (const char *photo);
/* With a sample, ready to type a question about it. */
void rig_start_with_sample (const char *name);
/* Presses Ctrl+Q and waits for a clean end; prints how long the program's main loop was ever
 * blocked since its window was there. */
void rig_quit (void);
/* A sample photograph's path; the caller frees. */
char *rig_sample (const char *name);

/* Something on the screen: its role, name and description as a screen reader would tell them. */
typedef struct
{
  char *bus;  /* of the program */
  char *path; /* of the object */
  char *role, *name, *description;
} rig_node;
void rig_node_free (rig_node *n);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (rig_node, rig_node_free)

/* Everything on the screen, in order: array of rig_node. NULL when the program is not there yet. */
GPtrArray *rig_look (void);
/* Waits for something whose role is `role` (NULL: any) and whose name contains `name`. */
rig_node *rig_wait (const char *role, const char *name);
/* Waits until its description contains `text`. */
void rig_wait_description (const rig_node *node, const char *text);
gboolean rig_has_focus (const rig_node *node);
/* Whether keys can reach it. */
gboolean rig_is_focusable (const rig_node *node);
/* Starts the program once more, beside the one that runs, and waits for its clean end. */
void rig_run_again (const char *photo);
/* Presses a button. */
void rig_press (const rig_node *node);
/* Replaces the text of an entry. */
void rig_set_text (const rig_node *node, const char *text);

/* Types text, or presses a key, in the window that has the focus. */
void rig_type (const char *text);
void rig_key (const char *key);
void rig_focus_window (const char *title);

/* Activates an action of the window by the session bus, with the path of a file. */
void rig_activate (const char *action, const char *path);
void rig_wait_file (const char *path);

/* Waits until the query gives that value, which it returns. */
char *rig_wait_query (const char *sql, const char *value);
/* First column of the first row of a query on the library, as text; NULL when there is none. */
char *rig_query (const char *sql);
