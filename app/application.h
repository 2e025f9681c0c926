/* The application: one engine, one window, the actions that belong to neither. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_APPLICATION (regard_application_get_type ())
G_DECLARE_FINAL_TYPE (RegardApplication, regard_application, REGARD, APPLICATION, AdwApplication)

RegardApplication *regard_application_new (void);

G_END_DECLS
