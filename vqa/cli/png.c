/* Writing PNG: the one place that holds stb_image_write. */
#include "vqa/cli/cli.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

GBytes *
cli_png (const guint8 *rgb, int width, int height)
{
  int length = 0;
  unsigned char *png = stbi_write_png_to_mem (rgb, width * 3, width, height, 3, &length);
  return png != NULL ? g_bytes_new_with_free_func (png, (gsize)length, free, png) : NULL;
}
