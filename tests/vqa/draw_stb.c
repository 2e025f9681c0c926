/* The body of stb_image_write, in a file of its own because it is compiled without warnings. */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
