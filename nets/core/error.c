#include "nets/nn.h"

GQuark
nn_error_quark (void)
{
  return g_quark_from_static_string ("nn-error-quark");
}
